using System.CommandLine;
using System.Globalization;
using RunMetrics.Domain.Facts;
using RunMetrics.Domain.Runs;
using RunMetrics.Domain.Statistics;
using RunMetrics.Domain.Storage;
using RunMetrics.Runner.Display;
using RunMetrics.Runner.Exit;
using RunMetrics.Runner.Recording;

namespace RunMetrics.Runner.Commands;

/// <summary><c>runmetrics export</c>: writes all that is recorded as lines that an import takes.</summary>
internal static class ExportCommand
{
    private const byte LineFeed = (byte)'\n';
    private const string StandardOutput = "-";

    /// <summary>Makes the command.</summary>
    public static Command Make(TimeProvider time)
    {
        var output = new Option<string?>("--output", "-o")
        {
            Description = $"The file to write; it is complete or not there at all [default: {StandardOutput}, standard output]",
            HelpName = "FILE",
        };
        var project = CommandOptions.MakeProject("Only runs of this project");
        var since = CommandOptions.MakeInstant("--since", "Only runs that started at or after this instant");
        var until = CommandOptions.MakeInstant("--until", "Only runs that started before this instant");
        var database = CommandOptions.MakeDatabase();
        var server = CommandOptions.MakeServer();
        var command = new ExampleCommand(
            "export",
            "Write the recorded facts, one JSON object a line, each run before its phases",
            "runmetrics export --output facts.ndjson",
            "runmetrics export --project acme/shop --since 2026-01-01T00:00:00Z --server http://localhost:5080")
        {
            output, project, since, until, database, server,
        };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var filter = new RunFilter { ProjectId = parsed.GetValue(project), Since = parsed.GetValue(since), Until = parsed.GetValue(until) };
            CommandOptions.RequireWindow(filter.Since, filter.Until);
            var location = RecordingLocation.Find(parsed.GetValue(database), parsed.GetValue(server));
            using var runs = await RecordedRuns.OpenAsync(location, time, cancellationToken);
            var lines = parsed.GetValue(output) is { } file and not StandardOutput
                ? await ExportToFileAsync(runs, filter, file, time, cancellationToken)
                : await ExportToOutputAsync(runs, filter, time, cancellationToken);
            await Console.Error.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"{lines} facts exported"));
            return ExitCodes.Done;
        });
        return command;
    }

    /// <summary>Writes beside the file and puts it in place when it is whole.</summary>
    private static async Task<long> ExportToFileAsync(
        RecordedRuns runs, RunFilter filter, string file, TimeProvider time, CancellationToken cancellationToken)
    {
        if (Directory.Exists(file))
        {
            throw new RefusedException($"--output: {file} is a folder; name a file.");
        }

        // A name of its own: another export to the same file has another one.
        var part = $"{file}.{Identifiers.Create(time)}.part";
        long lines;
        await using (var stream = new FileStream(part, FileMode.CreateNew, FileAccess.Write, FileShare.Delete))
        {
            try
            {
                lines = await ExportAsync(runs, filter, stream, TransferProgress.OnErrorOutput(time), cancellationToken);
                stream.Flush(flushToDisk: true);
            }
            catch
            {
                File.Delete(part);
                throw;
            }
        }

        File.Move(part, file, overwrite: true);
        return lines;
    }

    /// <summary>On a terminal the lines themselves show how far it is.</summary>
    private static Task<long> ExportToOutputAsync(RecordedRuns runs, RunFilter filter, TimeProvider time, CancellationToken cancellationToken) => ExportAsync(
        runs,
        filter,
        Console.OpenStandardOutput(),
        Console.IsOutputRedirected ? TransferProgress.OnErrorOutput(time) : new TransferProgress(line: null, time),
        cancellationToken);

    private static async Task<long> ExportAsync(
        RecordedRuns runs, RunFilter filter, Stream output, TransferProgress progress, CancellationToken cancellationToken)
    {
        var lines = 0L;
        await progress.WhileAsync(
            "exporting",
            () => filter is { Since: null, Until: null } ? CountAsync(runs, filter, cancellationToken) : Task.FromResult(0.0),
            async transferred =>
            {
                await using var counted = new ObservedStream(output, bytes =>
                {
                    lines += bytes.Count(LineFeed);
                    transferred(lines);
                });
                await runs.ExportAsync(filter.ProjectId, filter.Since, filter.Until, counted, cancellationToken);
            });
        return lines;
    }

    /// <summary>How many lines there will be of all times, unless others write meanwhile; 0 where that cannot be told.</summary>
    private static async Task<double> CountAsync(RecordedRuns runs, RunFilter filter, CancellationToken cancellationToken)
    {
        try
        {
            var statistics = await runs.ComputeStatisticsAsync(filter, asOf: null, groupBy: null, cancellationToken);
            return statistics is null ? 0 : statistics.Runs.Total + statistics.Phases.Sum(phase => phase.Open + CountClosed(phase.Outcomes));
        }
        catch (StoreUnavailableException)
        {
            // A server may find this too much to count in time, and give out the lines all the same.
            return 0;
        }
    }

    private static long CountClosed(OutcomeCounts outcomes) =>
        outcomes.Success + outcomes.Failed + outcomes.ChangesRequested + outcomes.Approved + outcomes.Skipped;
}
