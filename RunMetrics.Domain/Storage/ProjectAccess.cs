namespace RunMetrics.Domain.Storage;

/// <summary>The projects that a caller may read and write. What lies outside does not exist for the caller.</summary>
public sealed class ProjectAccess
{
    private readonly IReadOnlySet<string>? _projects;

    private ProjectAccess(IReadOnlySet<string>? projects) => _projects = projects;

    /// <summary>All projects: for a caller that nobody limits.</summary>
    public static ProjectAccess All { get; } = new(null);

    /// <summary>The ids of the projects; null for all.</summary>
    public IReadOnlyCollection<string>? ProjectIds => _projects;

    /// <summary>These projects and no others.</summary>
    public static ProjectAccess Only(IEnumerable<string> projectIds) => new(projectIds.ToHashSet(StringComparer.Ordinal));

    /// <summary>True for a project that the caller may touch.</summary>
    public bool Allows(string projectId) => _projects is null || _projects.Contains(projectId);

    /// <summary>For a store that cannot limit a call itself: a limit that nobody holds must not be lost silently.</summary>
    /// <exception cref="NotSupportedException">The caller may touch certain projects only.</exception>
    internal void RequireAll()
    {
        if (_projects is not null)
        {
            throw new NotSupportedException($"The access is limited to projects; accepted: {nameof(ProjectAccess)}.{nameof(All)}, as the token says what may be touched.");
        }
    }
}
