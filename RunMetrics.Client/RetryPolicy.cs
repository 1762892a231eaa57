using System.Net;
using Microsoft.Extensions.Http.Resilience;
using Polly;
using Polly.Timeout;

namespace RunMetrics.Client;

/// <summary>
/// What is tried again: that the server could not be reached or did not answer in time, and the answers that say "later". Repeating any call
/// is safe, because facts carry their ids. Every other answer is final: trying again would not change it.
/// </summary>
internal static class RetryPolicy
{
    public static void Configure(ResiliencePipelineBuilder<HttpResponseMessage> pipeline, RunMetricsClientOptions options, TimeProvider time)
    {
        pipeline.TimeProvider = time;
        pipeline.AddTimeout(options.TotalTimeout);
        if (options.MaxRetries > 0)
        {
            pipeline.AddRetry(new HttpRetryStrategyOptions
            {
                MaxRetryAttempts = options.MaxRetries,
                Delay = options.RetryDelay,
                BackoffType = DelayBackoffType.Exponential,
                UseJitter = true,
                ShouldRetryAfterHeader = true,
                ShouldHandle = arguments => ValueTask.FromResult(IsWorthRetrying(arguments.Outcome)),
            });
        }

        pipeline.AddTimeout(options.AttemptTimeout);
    }

    private static bool IsWorthRetrying(Outcome<HttpResponseMessage> outcome) => outcome switch
    {
        { Exception: TimeoutRejectedException } => true,
        { Exception: HttpRequestException failure } => failure.HttpRequestError
            is HttpRequestError.Unknown or HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError or HttpRequestError.ResponseEnded,
        { Result: { } answer } => answer.StatusCode
            is HttpStatusCode.RequestTimeout
            or HttpStatusCode.TooManyRequests
            or HttpStatusCode.BadGateway
            or HttpStatusCode.ServiceUnavailable
            or HttpStatusCode.GatewayTimeout,
        _ => false,
    };
}
