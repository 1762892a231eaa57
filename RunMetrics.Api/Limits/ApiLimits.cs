using System.ComponentModel.DataAnnotations;

namespace RunMetrics.Api.Limits;

/// <summary>What one caller may demand: the section <c>Limits</c> of the configuration.</summary>
internal sealed class ApiLimits
{
    public const string Section = "Limits";

    /// <summary>The largest body of a call that carries one fact, in bytes. 1024 to 30,000,000; 1 MiB by default. An import has no such limit.</summary>
    [Range(1024, 30_000_000)]
    public int MaxBodyBytes { get; set; } = 1024 * 1024;

    /// <summary>How long a call may take before it is answered with 504, in seconds. 1 to 3600; 30 by default. An import may take longer.</summary>
    [Range(1, 3600)]
    public int RequestTimeoutSeconds { get; set; } = 30;

    /// <summary>
    /// How many calls a second a caller may make, by token or address, before being answered with 429; bursts of twice as many pass. 1 to
    /// 1,000,000; 20,000 by default.
    /// </summary>
    [Range(1, 1_000_000)]
    public int RequestsPerSecond { get; set; } = 20_000;

    /// <summary>How many connections may be open at once; more are closed. 1 to 1,000,000; 10,000 by default.</summary>
    [Range(1, 1_000_000)]
    public int MaxConnections { get; set; } = 10_000;
}
