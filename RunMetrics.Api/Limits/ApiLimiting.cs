using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Reflection;
using System.Threading.RateLimiting;
using Microsoft.AspNetCore.Http.Timeouts;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Options;
using RunMetrics.Api.Errors;

namespace RunMetrics.Api.Limits;

/// <summary>Holds callers to the limits, each by itself, so that one cannot keep the others from being served.</summary>
internal static class ApiLimiting
{
    /// <exception cref="OptionsValidationException">A setting is unknown, no number or out of its range.</exception>
    public static void AddApiLimits(this WebApplicationBuilder builder)
    {
        var limits = Read(builder.Configuration.GetSection(ApiLimits.Section));

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

    /// <summary>Binds and validates as options are, before anything is built: the server would be made before they are validated at start.</summary>
    private static ApiLimits Read(IConfigurationSection section)
    {
        try
        {
            var limits = section.Get<ApiLimits>(binder => binder.ErrorOnUnknownConfiguration = true) ?? new ApiLimits();
            Validator.ValidateObject(limits, new ValidationContext(limits), validateAllProperties: true);
            return limits;
        }
        catch (Exception exception) when (exception is InvalidOperationException or ValidationException)
        {
            // Neither the binder nor the annotations say all of it: key, value and what is accepted.
            var given = string.Join(", ", section.GetChildren().Select(setting => $"{setting.Path} is '{setting.Value}'"));
            throw new OptionsValidationException(section.Key, typeof(ApiLimits), [$"{given}; accepted: {Accepted()}."]);
        }
    }

    /// <summary>The bearer of the token, or else the address.</summary>
    private static string CallerOf(HttpContext context) =>
        context.User.FindFirst("sub")?.Value ?? context.Connection.RemoteIpAddress?.ToString() ?? string.Empty;

    private static string Accepted() => string.Join(", ", typeof(ApiLimits).GetProperties()
        .Select(limit => (limit.Name, Range: limit.GetCustomAttribute<RangeAttribute>()!))
        .Select(limit => $"{limit.Name} from {limit.Range.Minimum} to {limit.Range.Maximum}"));
}
