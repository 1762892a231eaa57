namespace RunMetrics.Client;

/// <summary>Which API facts are sent to, and how patiently.</summary>
public sealed class RunMetricsClientOptions
{
    /// <summary>The longest that any of the times below may be.</summary>
    private static readonly TimeSpan LongestTime = TimeSpan.FromHours(1);

    /// <summary>Polly refuses shorter timeouts.</summary>
    private static readonly TimeSpan ShortestTimeout = TimeSpan.FromMilliseconds(10);

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
    public int MaxRetries { get; set; } = 3;

    /// <summary>
    /// The wait before the first retry; each further one waits about twice as long, with jitter. A <c>Retry-After</c> of the server goes before
    /// it. Above zero, at most one hour; 200 ms by default.
    /// </summary>
    public TimeSpan RetryDelay { get; set; } = TimeSpan.FromMilliseconds(200);

    /// <summary>The longest that one attempt may take. From 10 ms to one hour; 10 seconds by default.</summary>
    public TimeSpan AttemptTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>The longest that one call may take with all its retries and waits. From 10 ms to one hour; 30 seconds by default.</summary>
    public TimeSpan TotalTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>Refuses options that cannot work.</summary>
    /// <exception cref="ArgumentException">An option is missing or out of its range; the message names it, its value and what is accepted.</exception>
    internal static void Validate(RunMetricsClientOptions options)
    {
        Require(
            options.BaseAddress is { IsAbsoluteUri: true } address
                && (address.Scheme == Uri.UriSchemeHttp || address.Scheme == Uri.UriSchemeHttps)
                && address.Query.Length == 0 && address.Fragment.Length == 0 && address.UserInfo.Length == 0,
            nameof(BaseAddress),
            ShownAddress(options.BaseAddress),
            "an absolute http or https address without query, fragment or credentials");
        Require(
            options.BearerToken is null || options.BaseAddress!.Scheme == Uri.UriSchemeHttps || options.BaseAddress.IsLoopback,
            nameof(BaseAddress),
            ShownAddress(options.BaseAddress),
            "an https address, or one of this machine, as the token would travel readably");
        Require(options.MaxRetries is >= 0 and <= 10, nameof(MaxRetries), options.MaxRetries, "0 to 10");
        Require(
            options.RetryDelay > TimeSpan.Zero && options.RetryDelay <= LongestTime, nameof(RetryDelay), options.RetryDelay, "above zero, at most one hour");
        RequireTimeout(nameof(AttemptTimeout), options.AttemptTimeout);
        RequireTimeout(nameof(TotalTimeout), options.TotalTimeout);
    }

    private static void RequireTimeout(string name, TimeSpan value) =>
        Require(value >= ShortestTimeout && value <= LongestTime, name, value, "10 milliseconds to one hour");

    private static void Require(bool holds, string name, object? value, string accepted)
    {
        if (!holds)
        {
            throw new ArgumentException($"{name} is '{value}'; accepted: {accepted}.", nameof(value));
        }
    }

    // Credentials in an address are a mistake that must not end in a log.
    private static string? ShownAddress(Uri? address) =>
        address is { IsAbsoluteUri: true } ? address.GetComponents(UriComponents.SchemeAndServer | UriComponents.Path, UriFormat.UriEscaped) : address?.OriginalString;
}
