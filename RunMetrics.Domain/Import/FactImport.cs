using System.IO.Pipelines;
using System.Text.Json;
using RunMetrics.Domain.Facts;
using RunMetrics.Domain.Runs;
using RunMetrics.Domain.Storage;

namespace RunMetrics.Domain.Import;

/// <summary>Imports lines of facts batch by batch, in memory that does not grow with their number.</summary>
public sealed class FactImport
{
    /// <summary>The media type of a body with a JSON object a line.</summary>
    internal const string ContentType = "application/x-ndjson";

    /// <summary>How many refused lines a report lists.</summary>
    internal const int MaxErrors = 100;

    /// <summary>The longest line, in bytes: the metadata of a fact, escaped at worst, and room to spare.</summary>
    internal const int MaxLineBytes = 256 * 1024;

    private const int BatchSize = 500;

    // Lines far longer than those of facts are soon a batch: what is held, two batches at most, stays small whatever was sent.
    private const int BatchBytes = 2 * 1024 * 1024;

    private readonly RunMetricsService _service;

    /// <param name="service">The way in.</param>
    internal FactImport(RunMetricsService service) => _service = service;

    /// <summary>Imports all lines of a body.</summary>
    /// <param name="body">The body.</param>
    /// <param name="access">The projects that may be written.</param>
    /// <param name="onRejected">Takes each line that was refused; null where nobody wants them.</param>
    /// <param name="cancellationToken">Ends the import; what was stored until then stays.</param>
    internal async Task<ImportReport> RunAsync(
        PipeReader body, ProjectAccess access, Func<NdjsonLine, Task>? onRejected, CancellationToken cancellationToken)
    {
        var counts = new Counts();
        var otherRuns = new OtherRuns();
        var batch = new List<(NdjsonLine Line, FactReading Reading)>(BatchSize);
        var batchBytes = 0;

        // The next batch is read while the one before is stored.
        var storing = Task.CompletedTask;
        try
        {
            await foreach (var line in NdjsonLineReader.ReadLinesAsync(body, MaxLineBytes, cancellationToken))
            {
                batch.Add((line, Read(line)));
                batchBytes += line.Bytes.Length;
                if (batch.Count == BatchSize || batchBytes >= BatchBytes)
                {
                    await storing;
                    storing = StoreAsync(batch);
                    batch = new List<(NdjsonLine, FactReading)>(BatchSize);
                    batchBytes = 0;
                }
            }

            await storing;
            storing = StoreAsync(batch);
        }
        finally
        {
            // Nothing goes on behind the back of the caller, who hears of what broke off the reading.
            await storing.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        await storing;
        return counts.ToReport();

        async Task StoreAsync(IReadOnlyList<(NdjsonLine Line, FactReading Reading)> read)
        {
            var results = await _service.ImportAsync([.. read.Select(entry => entry.Reading)], access, otherRuns, cancellationToken);
            foreach (var ((line, reading), result) in read.Zip(results))
            {
                counts.Add(line.Number, reading, result);
                if (result.Rejection is not null && onRejected is not null)
                {
                    await onRejected(line);
                }
            }
        }
    }

    private static FactReading Read(NdjsonLine line) => line.IsTooLong
        ? FactReading.Unreadable("line", $"more than {MaxLineBytes} bytes", $"a line of at most {MaxLineBytes} bytes")
        : FactReader.ReadLine(line.Bytes);

    private sealed class Counts
    {
        // An answer stays small whatever was sent.
        private const int MaxErrorBytes = 512 * 1024;

        private static readonly JsonSerializerOptions Json = RunMetricsJson.CreateOptions();

        private readonly List<ImportError> _errors = [];
        private int _errorBytes;
        private long _accepted;
        private long _unchanged;
        private long _rejected;

        public void Add(long line, FactReading reading, FactResult result)
        {
            if (result.Rejection is not { } rejection)
            {
                _unchanged += result.Disposition == FactDisposition.Unchanged ? 1 : 0;
                _accepted += result.Disposition == FactDisposition.Unchanged ? 0 : 1;
                return;
            }

            _rejected++;
            if (_errors.Count < MaxErrors && _errorBytes < MaxErrorBytes)
            {
                var error = ToError(line, reading, rejection);
                _errors.Add(error);
                _errorBytes += JsonSerializer.SerializeToUtf8Bytes(error, Json).Length;
            }
        }

        public ImportReport ToReport() => new(_accepted, _unchanged, _rejected, _errors);

        private static ImportError ToError(long line, FactReading reading, FactRejection rejection) => new(
            line,
            Identifiers.IsValid(reading.Fact?.Id) ? reading.Fact?.Id : null,
            rejection.Reason,
            rejection.Message,
            rejection.MessagesByField());
    }
}
