namespace RunMetrics.Api.Security;

/// <summary>What a token may do; the names of the scopes are also those of the policies that demand them.</summary>
internal static class Scopes
{
    /// <summary>Every GET but that of <c>/health/live</c>.</summary>
    public const string Read = "metrics:read";

    /// <summary>Every PUT, POST and DELETE.</summary>
    public const string Write = "metrics:write";
}
