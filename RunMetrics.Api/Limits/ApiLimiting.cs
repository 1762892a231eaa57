using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Threading.RateLimiting;
using Microsoft.AspNetCore.Http.Timeouts;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using RunMetrics.Api.Errors;

namespace RunMetrics.Api.Limits;

/// <summary>Holds callers to the limits, each by itself, so that one cannot keep the others from being served.</summary>
internal static class ApiLimiting
{
    public static void AddApiLimits(this WebApplicationBuilder builder)
    {
        var limits = Read(builder.Configuration);

        // About every tenth of a second, or whenever a call is due: the rate comes out as it was set.
        var tokensPerPeriod = Math.Max(1, limits.RequestsPerSecond / 10);
        builder.Services.Configure<KestrelServerOptions>(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = limits.MaxBodyBytes;
            kestrel.Limits.MaxConcurrentConnections = limits.MaxConnections;
            kestrel.Limits.RequestHeadersTimeout = TimeSpan.FromSeconds(15);
        });
        builder.Services.AddRequestTimeouts(timeouts => timeouts.DefaultPolicy = new RequestTimeoutPolicy
        {
            Timeout = TimeSpan.FromSeconds(limits.RequestTimeoutSeconds),
            TimeoutStatusCode = StatusCodes.Status504GatewayTimeout,
            WriteTimeoutResponse = context => context.WriteProblemAsync(
                StatusCodes.Status504GatewayTimeout, $"The call took longer than {limits.RequestTimeoutSeconds} s; what it wrote may be stored."),
        });
        builder.Services.AddRateLimiter(limiter =>
        {
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
        });
    }

    /// <summary>The bearer of the token, or else the address.</summary>
    private static string CallerOf(HttpContext context) =>
        context.User.FindFirst("sub")?.Value ?? context.Connection.RemoteIpAddress?.ToString() ?? string.Empty;

    private static ApiLimits Read(ConfigurationManager configuration)
    {
        var section = configuration.GetSection(ApiLimits.Section);
        var unknown = section.GetChildren().FirstOrDefault(setting => typeof(ApiLimits).GetProperty(setting.Key) is null);
        if (unknown is not null)
        {
            var accepted = string.Join(", ", typeof(ApiLimits).GetProperties().Select(property => property.Name));
            throw new StartRefusedException($"{unknown.Path} is '{unknown.Value}'; accepted in {ApiLimits.Section}: {accepted}.");
        }

        var limits = new ApiLimits();
        foreach (var property in typeof(ApiLimits).GetProperties())
        {
            var range = (RangeAttribute)property.GetCustomAttributes(typeof(RangeAttribute), inherit: false).Single();
            var text = section[property.Name];
            if (text is null)
            {
                continue;
            }

            if (!int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) || !range.IsValid(number))
            {
                throw new StartRefusedException(
                    $"{ApiLimits.Section}:{property.Name} is '{text}'; accepted: a whole number from {range.Minimum} to {range.Maximum}.");
            }

            property.SetValue(limits, number);
        }

        return limits;
    }
}
