using System.CommandLine;
using RunMetrics.Data.Databases;
using RunMetrics.Runner.Recording;

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

    /// <summary>Makes one of its commands that takes nothing but the database.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="description">What it does, in a line.</param>
    /// <param name="workAsync">Does it, and gives back the exit code.</param>
    public static Command MakeForWhole(string name, string description, Func<DatabaseLocation, CancellationToken, Task<int>> workAsync)
    {
        var database = CommandOptions.MakeDatabase();
        var command = new ExampleCommand(name, description, $"runmetrics db {name}", $"runmetrics db {name} --database runs.db") { database };
        command.SetAction((parsed, cancellationToken) => workAsync(RecordingLocation.FindDatabase(parsed.GetValue(database)).Database, cancellationToken));
        return command;
    }
}
