using System.CommandLine;

namespace RunMetrics.Runner.Commands;

/// <summary>All that <c>runmetrics</c> can do.</summary>
internal static class RunnerCommands
{
    private const string Name = "runmetrics";

    /// <summary>Makes the commands.</summary>
    public static RootCommand Make(TimeProvider time)
    {
        var root = new RootCommand(
            "Works work orders of coding agents in git repositories, records how long every phase takes, and tells what was recorded.\n"
            + "Exit codes: 0 done (of a run: merged, or nothing to merge), 1 failed or not approved, 2 bad usage, 130 cancelled.")
        {
            RunCommand.Make(time),
            ResumeCommand.Make(time),
            DemoCommand.Make(time),
            RunsCommand.Make(time),
            ShowCommand.Make(time),
            StatsCommand.Make(time),
            ExportCommand.Make(time),
            ImportCommand.Make(time),
            SpoolCommand.Make(time),
            DbCommand.Make(time),
        };
        ExampleHelp.UseFor(root);
        return root;
    }

    /// <summary>The words that call a command, such as <c>runmetrics db verify</c>.</summary>
    public static string PathOf(Command command) =>
        command.Parents.OfType<Command>().SingleOrDefault() is { } parent ? $"{PathOf(parent)} {command.Name}" : Name;
}
