namespace RunMetrics.Api.Controllers;

/// <summary>A project id in a path, where the server decodes every escape but that of the slash.</summary>
internal static class ProjectIdSegment
{
    public static string Decode(string segment) => segment.Replace("%2F", "/", StringComparison.OrdinalIgnoreCase);
}
