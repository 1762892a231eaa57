using System.ComponentModel.DataAnnotations;

namespace RunMetrics.Client;

/// <summary>Which API facts are sent to, and how long that may take.</summary>
public sealed class RunMetricsClientOptions : IOptionsWithRules
{
    /// <summary>
    /// The address of the API: absolute, <c>http</c> or <c>https</c>, without query, fragment or credentials. A path is kept, so that the API
    /// may stand behind a prefix. Required.
    /// </summary>
    public Uri? BaseAddress { get; set; }

    /// <summary>
    /// Gives the bearer token of each call, or null for a call without one; asked before every call, so that a token may be renewed. It is
    /// never logged, and is sent over <c>https</c> or to this machine only. No token by default.
    /// </summary>
    public Func<CancellationToken, ValueTask<string?>>? BearerToken { get; set; }

    /// <summary>How often a call is tried again after the first attempt. From 0 to 10; 3 by default.</summary>
    [Range(0, 10)]
    public int MaxRetries { get; set; } = 3;

    /// <summary>
    /// The wait before the first retry; each further one waits about twice as long, with jitter. A <c>Retry-After</c> of the server goes before
    /// it. Above zero, at most one hour; 200 ms by default.
    /// </summary>
    [TimeRange("00:00:00", MinimumIsExclusive = true)]
    public TimeSpan RetryDelay { get; set; } = TimeSpan.FromMilliseconds(200);

    /// <summary>The longest that one attempt may take. From 10 ms to one hour; 10 seconds by default.</summary>
    [TimeRange("00:00:00.010", ParseLimitsInInvariantCulture = true)]
    public TimeSpan AttemptTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>The longest that one call may take with all its retries and waits. From 10 ms to one hour; 30 seconds by default.</summary>
    [TimeRange("00:00:00.010", ParseLimitsInInvariantCulture = true)]
    public TimeSpan TotalTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <inheritdoc />
    IEnumerable<string> IOptionsWithRules.FindFaults()
    {
        if (BaseAddress is not { IsAbsoluteUri: true, Query: "", Fragment: "", UserInfo: "" } address
            || (address.Scheme != Uri.UriSchemeHttp && address.Scheme != Uri.UriSchemeHttps))
        {
            yield return OptionsRules.Fault(
                nameof(BaseAddress), ShownAddress, "an absolute http or https address without query, fragment or credentials");
        }
        else if (BearerToken is not null && address.Scheme != Uri.UriSchemeHttps && !address.IsLoopback)
        {
            yield return OptionsRules.Fault(
                nameof(BaseAddress), ShownAddress, "an https address, or one of this machine, as the token would travel readably");
        }
    }

    // Credentials in an address are a mistake that must not end in a log.
    private string? ShownAddress => BaseAddress is { IsAbsoluteUri: true } address
        ? address.GetComponents(UriComponents.SchemeAndServer | UriComponents.Path, UriFormat.UriEscaped)
        : BaseAddress?.OriginalString;
}
