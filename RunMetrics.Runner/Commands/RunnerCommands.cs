using System.CommandLine;

namespace RunMetrics.Runner.Commands;

/// <summary>The commands of the program.</summary>
internal static class RunnerCommands
{
    /// <summary>Makes the root of all commands.</summary>
    public static RootCommand Make(TimeProvider time) =>
        new("Works work orders of coding agents in git repositories and records how long every phase takes.\n"
            + "Exit codes: 0 merged or nothing to do, 1 not approved or failed, 2 bad usage, 130 cancelled.")
        {
            RunCommand.Make(time),
            ResumeCommand.Make(time),
            DemoCommand.Make(time),
            SpoolCommand.Make(time),
            DbCommand.Make(),
        };
}
