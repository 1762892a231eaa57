using System.CommandLine;

namespace RunMetrics.Runner.Commands;

/// <summary><c>runmetrics db</c>: looks after the database.</summary>
internal static class DbCommand
{
    /// <summary>Makes the command.</summary>
    public static Command Make(TimeProvider time) => new("db", "Look after the database")
    {
        DbStatusCommand.Make(),
        DbBackupCommand.Make(time),
        DbRestoreCommand.Make(time),
        DbVerifyCommand.Make(time),
        DbRebuildCommand.Make(time),
        DbPruneCommand.Make(time),
        DbCompactCommand.Make(time),
    };
}
