using System.Net;
using Microsoft.Extensions.Http.Resilience;
using Polly;
using Polly.Timeout;

namespace RunMetrics.Client;

/// <summary>
/// How requests are sent. Tried again is that the server could not be reached or did not answer in time, and the answers that say "later".
/// Repeating any call is safe, because facts carry their ids. Every other answer is final: trying again would not change it.
/// </summary>
internal static class HttpPipeline
{
    /// <summary>Says of a request that its answer is read while it comes in.</summary>
    public static readonly HttpRequestOptionsKey<bool> IsStreamed = new("RunMetrics.IsStreamed");

    // How soon a change of the address is noticed when the client is kept for as long as the process lives.
    private static readonly TimeSpan ConnectionLifetime = TimeSpan.FromMinutes(5);

    /// <summary>Sends requests, each attempt of them.</summary>
    public static HttpMessageHandler MakePrimaryHandler() => new WholeAnswerHandler
    {
        InnerHandler = new SocketsHttpHandler
        {
            // A redirected POST becomes a GET, and a token would go where it was not meant to go.
            AllowAutoRedirect = false,
            PooledConnectionLifetime = ConnectionLifetime,
            UseCookies = false,
        },
    };

    /// <summary>Adds timeouts and retries.</summary>
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

    /// <summary>
    /// Ends a request when the body of its answer is here too, so that the timeouts and retries around it cover an answer that stalls or breaks
    /// off after its headers. One that is read while it comes in is the matter of its reader.
    /// </summary>
    private sealed class WholeAnswerHandler : DelegatingHandler
    {
        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            var response = await base.SendAsync(request, cancellationToken);
            if (request.Options.TryGetValue(IsStreamed, out var isStreamed) && isStreamed)
            {
                return response;
            }

            try
            {
                await response.Content.LoadIntoBufferAsync(cancellationToken);
                return response;
            }
            catch
            {
                response.Dispose();
                throw;
            }
        }
    }
}
