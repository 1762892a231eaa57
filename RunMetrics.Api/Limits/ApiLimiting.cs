using System.Globalization;
using System.Threading.RateLimiting;
using Microsoft.AspNetCore.Http.Timeouts;
using Microsoft.AspNetCore.RateLimiting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Options;
using RunMetrics.Api.Errors;

namespace RunMetrics.Api.Limits;

/// <summary>Holds callers to the limits, each by itself, so that one cannot keep the others from being served.</summary>
internal static class ApiLimiting
{
    public static void AddApiLimits(this IServiceCollection services)
    {
        services.AddOptions<ApiLimits>()
            .BindConfiguration(ApiLimits.Section, binder => binder.ErrorOnUnknownConfiguration = true)
            .ValidateDataAnnotations()
            .ValidateOnStart();
        services.AddOptions<KestrelServerOptions>().Configure<IOptions<ApiLimits>>((kestrel, limits) => Limit(kestrel, limits.Value));
        services.AddRequestTimeouts();
        services.AddOptions<RequestTimeoutOptions>().Configure<IOptions<ApiLimits>>((timeouts, limits) => Limit(timeouts, limits.Value));
        services.AddRateLimiter();
        services.AddOptions<RateLimiterOptions>().Configure<IOptions<ApiLimits>>((limiter, limits) => Limit(limiter, limits.Value));
    }

    /// <summary>Judges the settings before anything is touched.</summary>
    /// <exception cref="OptionsValidationException">A setting is unknown, no number or out of its range. The message is one line.</exception>
    public static void RefuseOtherLimits(this WebApplication app)
    {
        try
        {
            app.Services.GetRequiredService<IStartupValidator>().Validate();
        }
        catch (Exception exception) when (exception is OptionsValidationException or InvalidOperationException)
        {
            // The binder and the annotations each say it in a way of their own, and neither says all of it.
            var given = app.Configuration.GetSection(ApiLimits.Section).GetChildren().Select(setting => $"{setting.Path} is '{setting.Value}'");
            throw new OptionsValidationException(
                ApiLimits.Section, typeof(ApiLimits), [$"{string.Join(", ", given)}; accepted: {ApiLimits.Accepted}."]);
        }
    }

    private static void Limit(KestrelServerOptions kestrel, ApiLimits limits)
    {
        kestrel.AddServerHeader = false;
        kestrel.Limits.MaxRequestBodySize = limits.MaxBodyBytes;
        kestrel.Limits.MaxConcurrentConnections = limits.MaxConnections;
        kestrel.Limits.RequestHeadersTimeout = TimeSpan.FromSeconds(15);
    }

    private static void Limit(RequestTimeoutOptions timeouts, ApiLimits limits) => timeouts.DefaultPolicy = new RequestTimeoutPolicy
    {
        Timeout = TimeSpan.FromSeconds(limits.RequestTimeoutSeconds),
        TimeoutStatusCode = StatusCodes.Status504GatewayTimeout,
        WriteTimeoutResponse = context => context.WriteProblemAsync(
            StatusCodes.Status504GatewayTimeout, $"The call took longer than {limits.RequestTimeoutSeconds} s; what it wrote may be stored."),
    };

    private static void Limit(RateLimiterOptions limiter, ApiLimits limits)
    {
        // About every tenth of a second, or whenever a call is due: the rate comes out as it was set.
        var tokensPerPeriod = Math.Max(1, limits.RequestsPerSecond / 10);
        limiter.GlobalLimiter = PartitionedRateLimiter.Create<HttpContext, string>(context => RateLimitPartition.GetTokenBucketLimiter(
            CallerOf(context),
            _ => new TokenBucketRateLimiterOptions
            {
                TokenLimit = 2 * limits.RequestsPerSecond,
                TokensPerPeriod = tokensPerPeriod,
                ReplenishmentPeriod = TimeSpan.FromSeconds((double)tokensPerPeriod / limits.RequestsPerSecond),
                QueueLimit = 0,
            }));
        limiter.OnRejected = async (rejected, _) =>
        {
            rejected.HttpContext.Response.Headers.RetryAfter = 1.ToString(CultureInfo.InvariantCulture);
            await rejected.HttpContext.WriteProblemAsync(
                StatusCodes.Status429TooManyRequests, $"More than {limits.RequestsPerSecond} calls a second; try again after a second.");
        };
    }

    /// <summary>The bearer of the token, or else the address.</summary>
    private static string CallerOf(HttpContext context) =>
        context.User.FindFirst("sub")?.Value ?? context.Connection.RemoteIpAddress?.ToString() ?? string.Empty;
}
