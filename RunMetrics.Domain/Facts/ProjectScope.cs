namespace RunMetrics.Domain.Facts;

/// <summary>The projects that somebody may read and write. What lies outside does not exist for them.</summary>
public sealed class ProjectScope
{
    private readonly IReadOnlySet<string>? _projects;

    private ProjectScope(IReadOnlySet<string>? projects) => _projects = projects;

    /// <summary>All projects.</summary>
    public static ProjectScope All { get; } = new(null);

    /// <summary>The ids of the projects; null for all.</summary>
    public IReadOnlyCollection<string>? ProjectIds => _projects;

    /// <summary>These projects and no others.</summary>
    public static ProjectScope Of(IEnumerable<string> projectIds) => new(projectIds.ToHashSet(StringComparer.Ordinal));

    /// <summary>True for a project inside.</summary>
    public bool Allows(string projectId) => _projects is null || _projects.Contains(projectId);
}
