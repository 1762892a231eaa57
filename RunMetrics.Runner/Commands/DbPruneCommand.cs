using System.CommandLine;
using System.Globalization;
using RunMetrics.Data.Databases;
using RunMetrics.Data.Sqlite;
using RunMetrics.Domain.Facts;
using RunMetrics.Runner.Display;
using RunMetrics.Runner.Exit;
using RunMetrics.Runner.Recording;

namespace RunMetrics.Runner.Commands;

/// <summary><c>runmetrics db prune</c>: deletes runs that ended long ago.</summary>
internal static class DbPruneCommand
{
    /// <summary>Makes the command.</summary>
    public static Command Make(TimeProvider time)
    {
        var before = CommandOptions.MakeDate("--before", "The runs that ended before it: a date, from its first moment in UTC on, or an instant");
        before.Required = true;
        var project = CommandOptions.MakeProject("Only runs of this project");
        var dryRun = new Option<bool>("--dry-run") { Description = "Only count what would be deleted" };
        var yes = Confirmation.MakeYes();
        var database = CommandOptions.MakeDatabase();
        var command = new ExampleCommand(
            "prune",
            "Delete the runs that ended before a date, with their phases; it may be in use, and others write meanwhile",
            "runmetrics db prune --before 2026-01-01 --dry-run",
            "runmetrics db prune --before 2026-01-01 --project acme/shop --yes")
        {
            before, project, dryRun, yes, database,
        };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var location = RecordingLocation.FindDatabase(parsed.GetValue(database)).Database;
            var work = new Pruning(location, parsed.GetRequiredValue(before)!.Value, parsed.GetValue(project), time);
            return parsed.GetValue(dryRun)
                ? await work.CountAsync(cancellationToken)
                : await work.DeleteAsync(parsed.GetValue(yes), cancellationToken);
        });
        return command;
    }

    private sealed class Pruning(DatabaseLocation location, DateTimeOffset endedBefore, string? projectId, TimeProvider time)
    {
        private string Which => $"that ended before {Instants.Format(endedBefore)}{(projectId is null ? "" : $", of project {projectId}")}";

        public async Task<int> CountAsync(CancellationToken cancellationToken)
        {
            await Console.Out.WriteLineAsync($"{location.Name}: {DbText.Content(await FindAsync(cancellationToken))} {Which} would be deleted");
            return ExitCodes.Done;
        }

        public async Task<int> DeleteAsync(bool isConfirmed, CancellationToken cancellationToken)
        {
            Confirmation.RequireTerminal(isConfirmed);
            var found = await FindAsync(cancellationToken);
            if (found.Runs > 0 && !await Confirmation.AskAsync($"delete {DbText.Content(found)} {Which} from {location.Name}?", isConfirmed, cancellationToken))
            {
                await Console.Error.WriteLineAsync("nothing was deleted");
                return ExitCodes.Failed;
            }

            var deleted = await DeleteAsync(found, cancellationToken);
            await Console.Out.WriteLineAsync($"{location.Name}: {DbText.Content(deleted)} deleted");
            if (deleted.Runs > 0 && location is SqliteLocation)
            {
                await Console.Out.WriteLineAsync("their space is used for new runs; `runmetrics db compact` gives it back");
            }

            return ExitCodes.Done;
        }

        private Task<PrunedRuns> FindAsync(CancellationToken cancellationToken) => ProgressDisplay.WhileAsync(
            $"looking in {location.Name} for runs {Which}",
            time,
            _ => RunMetricsDatabase.CountPrunableAsync(location, endedBefore, projectId, cancellationToken));

        private async Task<PrunedRuns> DeleteAsync(PrunedRuns found, CancellationToken cancellationToken)
        {
            var deleted = new Deleted(found);
            try
            {
                return await ProgressDisplay.WhileAsync($"deleting from {location.Name}", time, progress =>
                {
                    deleted.Progress = progress;
                    return RunMetricsDatabase.PruneAsync(location, endedBefore, projectId, time, deleted, cancellationToken);
                });
            }
            catch
            {
                await Console.Error.WriteLineAsync($"broken off: {DbText.Content(deleted.SoFar)} deleted; the same command again deletes the rest");
                throw;
            }
        }
    }

    /// <summary>Keeps how much is deleted, and tells it now and then.</summary>
    private sealed class Deleted(PrunedRuns all) : IProgress<PrunedRuns>
    {
        private const int PercentBetweenReports = 10;

        private long _reportedPercent;

        public IProgress<string>? Progress { get; set; }

        public PrunedRuns SoFar { get; private set; } = new(0, 0);

        public void Report(PrunedRuns value)
        {
            SoFar = value;
            var percent = 100 * value.Runs / Math.Max(all.Runs, 1);
            if (percent >= _reportedPercent + PercentBetweenReports)
            {
                _reportedPercent = percent;
                Progress?.Report(string.Create(CultureInfo.InvariantCulture, $"{value.Runs} of {all.Runs} runs"));
            }
        }
    }
}
