using System.ComponentModel;
using System.ComponentModel.DataAnnotations;

namespace RunMetrics.Api.Limits;

/// <summary>What one caller may demand: the section <c>Limits</c> of the configuration. Its descriptions are those of <c>--help</c>.</summary>
internal sealed class ApiLimits
{
    public const string Section = "Limits";

    [Range(1024, 30_000_000), Description("The largest body of a call that carries one fact, in bytes; more is answered with 413")]
    public int MaxBodyBytes { get; set; } = 1024 * 1024;

    [Range(1, 3600), Description("How long a call may take, in seconds, before it is answered with 504; an import or export may take longer")]
    public int RequestTimeoutSeconds { get; set; } = 30;

    [Range(1, 1_000_000), Description("How many calls a second a token or an address may make; bursts of twice as many pass, more are answered with 429")]
    public int RequestsPerSecond { get; set; } = 20_000;

    [Range(1, 1_000_000), Description("How many connections may be open at once; more are closed")]
    public int MaxConnections { get; set; } = 10_000;
}
