using System.Diagnostics;

namespace RunMetrics.Runner.Processes;

/// <summary>
/// Started by a git hook or alias, this program inherits variables that tie git to the caller's repository. What it starts must not.
/// </summary>
internal static class GitEnvironment
{
    private static readonly string[] Local =
    [
        "GIT_ALTERNATE_OBJECT_DIRECTORIES", "GIT_CONFIG", "GIT_CONFIG_PARAMETERS", "GIT_CONFIG_COUNT", "GIT_OBJECT_DIRECTORY", "GIT_DIR",
        "GIT_WORK_TREE", "GIT_IMPLICIT_WORK_TREE", "GIT_GRAFT_FILE", "GIT_INDEX_FILE", "GIT_NO_REPLACE_OBJECTS", "GIT_REPLACE_REF_BASE",
        "GIT_PREFIX", "GIT_SHALLOW_FILE", "GIT_COMMON_DIR",
    ];

    /// <summary>Removes the variables from what a process is about to be started with.</summary>
    public static void Forget(ProcessStartInfo start)
    {
        foreach (var name in Local)
        {
            start.Environment.Remove(name);
        }
    }
}
