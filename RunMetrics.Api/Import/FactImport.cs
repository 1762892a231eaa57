using System.IO.Pipelines;
using RunMetrics.Domain.Facts;
using RunMetrics.Domain.Intake;

namespace RunMetrics.Api.Import;

/// <summary>Imports a body of facts batch by batch, in memory that does not grow with the body.</summary>
public sealed class FactImport(RunMetricsService service)
{
    /// <summary>The media type of a body with a JSON object a line.</summary>
    public const string ContentType = "application/x-ndjson";

    /// <summary>How many refused lines a report lists.</summary>
    public const int MaxErrors = 100;

    /// <summary>The longest line, in bytes: the metadata of a fact, escaped at worst, and room to spare.</summary>
    public const int MaxLineBytes = 256 * 1024;

    private const int BatchSize = 500;

    /// <summary>Imports all lines of a body.</summary>
    /// <param name="body">The body.</param>
    /// <param name="scope">The projects that may be written.</param>
    /// <param name="cancellationToken">Ends the import; what was stored until then stays.</param>
    public async Task<ImportReport> RunAsync(PipeReader body, ProjectScope scope, CancellationToken cancellationToken)
    {
        var tally = new Tally();
        var batch = new List<(long Line, FactReading Reading)>(BatchSize);
        await foreach (var line in NdjsonLineReader.ReadLinesAsync(body, MaxLineBytes, cancellationToken))
        {
            batch.Add((line.Number, Read(line).Within(scope)));
            if (batch.Count == BatchSize)
            {
                await StoreAsync(batch, tally, cancellationToken);
            }
        }

        await StoreAsync(batch, tally, cancellationToken);
        return tally.ToReport();
    }

    private static FactReading Read(NdjsonLine line) => line.IsTooLong
        ? new FactReading(null, [new FactError("line", $"more than {MaxLineBytes} bytes", $"a line of at most {MaxLineBytes} bytes")])
        : FactReader.ReadLine(line.Bytes);

    private async Task StoreAsync(List<(long Line, FactReading Reading)> batch, Tally tally, CancellationToken cancellationToken)
    {
        var results = await service.ImportAsync([.. batch.Select(entry => entry.Reading)], cancellationToken);
        foreach (var ((line, reading), result) in batch.Zip(results))
        {
            tally.Count(line, reading, result);
        }

        batch.Clear();
    }

    private sealed class Tally
    {
        private readonly List<ImportError> _errors = [];
        private long _accepted;
        private long _unchanged;
        private long _rejected;

        public void Count(long line, FactReading reading, FactResult result)
        {
            if (result.Rejection is { } rejection)
            {
                _rejected++;
                if (_errors.Count < MaxErrors)
                {
                    _errors.Add(new ImportError(line, IdOf(reading), rejection.Message));
                }
            }
            else if (result.Disposition == FactDisposition.Unchanged)
            {
                _unchanged++;
            }
            else
            {
                _accepted++;
            }
        }

        public ImportReport ToReport() => new(_accepted, _unchanged, _rejected, _errors);

        // A report stays small whatever was sent as an id.
        private static string? IdOf(FactReading reading) => Identifiers.IsValid(reading.Fact?.Id) ? reading.Fact?.Id : null;
    }
}
