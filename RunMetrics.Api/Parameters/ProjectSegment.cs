namespace RunMetrics.Api.Parameters;

/// <summary>A project in a path.</summary>
internal static class ProjectSegment
{
    /// <summary>The id of the project: the server decodes every escape in a path but that of the slash.</summary>
    public static string ToProjectId(string segment) => segment.Replace("%2F", "/", StringComparison.OrdinalIgnoreCase);
}
