using System.CommandLine;
using System.Globalization;
using System.IO.Pipelines;
using RunMetrics.Domain.Import;
using RunMetrics.Domain.Storage;
using RunMetrics.Runner.Display;
using RunMetrics.Runner.Exit;
using RunMetrics.Runner.Recording;

namespace RunMetrics.Runner.Commands;

/// <summary><c>runmetrics import</c>: takes in recorded facts by the file.</summary>
internal static class ImportCommand
{
    private const string StandardInput = "-";
    private const int MaxErrorsShown = 20;

    /// <summary>Makes the command.</summary>
    public static Command Make(TimeProvider time)
    {
        var file = new Argument<string>("FILE") { Description = $"The file with a fact a line, as an export writes them; {StandardInput} for standard input" };
        var rejected = new Option<string?>("--rejected")
        {
            Description = "The new file for refused lines, made when there are any [default: FILE.rejected, or import.rejected for standard input]",
            HelpName = "FILE",
        };
        var database = CommandOptions.MakeDatabase();
        var server = CommandOptions.MakeServer();
        var command = new ExampleCommand(
            "import",
            "Store the facts of a file; importing it again changes nothing",
            "runmetrics import facts.ndjson --server http://localhost:5080",
            "runmetrics import - --database new.db")
        {
            file, rejected, database, server,
        };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var location = RecordingLocation.Find(parsed.GetValue(database), parsed.GetValue(server));
            await using var input = OpenInput(parsed.GetRequiredValue(file));
            await using var refused = RejectedLines.Choose(parsed.GetValue(rejected), DefaultRejectedFile(parsed.GetRequiredValue(file)));
            var report = await ImportAsync(location, input, refused, time, cancellationToken);
            await Console.Out.WriteLineAsync(string.Create(
                CultureInfo.InvariantCulture, $"{report.Accepted} facts stored, {report.Unchanged} unchanged, {report.Rejected} refused"));
            if (report.Rejected == 0)
            {
                return ExitCodes.Done;
            }

            await ExplainAsync(report, refused);
            return ExitCodes.Failed;
        });
        return command;
    }

    private static async Task<ImportReport> ImportAsync(
        RecordingLocation location, Stream input, RejectedLines rejected, TimeProvider time, CancellationToken cancellationToken)
    {
        await using var target = await ImportTarget.OpenAsync(location, time, cancellationToken);
        ImportReport? report = null;
        var progress = TransferProgress.OnErrorOutput(time);
        try
        {
            await progress.WhileAsync(
                "importing",
                () => Task.FromResult<double>(input.CanSeek ? input.Length : 0),
                async transferred =>
                {
                    var bytes = 0L;
                    await using var counted = new ObservedStream(input, read => transferred(bytes += read.Length));
                    report = await target.Import.RunAsync(
                        PipeReader.Create(counted), ProjectAccess.All, line => rejected.AddAsync(line, cancellationToken), cancellationToken);
                });
        }
        catch (Exception exception) when (exception is StoreUnavailableException or OperationCanceledException or IOException)
        {
            await Console.Error.WriteLineAsync("the import broke off: what was stored stays, and the same import again stores the rest");
            throw;
        }

        return report!;
    }

    private static async Task ExplainAsync(ImportReport report, RejectedLines rejected)
    {
        var shown = report.Errors.Take(MaxErrorsShown).ToList();
        foreach (var error in shown)
        {
            await Console.Error.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"line {error.Line}: {error.Message}"));
        }

        if (report.Rejected > shown.Count)
        {
            await Console.Error.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"and {report.Rejected - shown.Count} more"));
        }

        var kept = report.Rejected - rejected.TooLong;
        await Console.Error.WriteLineAsync(string.Create(
            CultureInfo.InvariantCulture,
            $"{(kept > 0 ? $"the refused lines stand in {rejected.FilePath}: mend and import them" : "no refused line was kept")}{(rejected.TooLong > 0 ? $"; {rejected.TooLong} were too long to be kept" : "")}"));
    }

    private static Stream OpenInput(string file) =>
        file == StandardInput ? Console.OpenStandardInput()
        : File.Exists(file) ? File.OpenRead(file)
        : throw new RefusedException($"{file}: there is no such file.");

    private static string DefaultRejectedFile(string file) => $"{(file == StandardInput ? "import" : file)}.rejected";
}
