using System.Buffers;
using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using RunMetrics.Domain.Facts;
using RunMetrics.Domain.Runs;
using RunMetrics.Domain.Storage;

namespace RunMetrics.Client;

/// <summary>
/// Writes facts to a RunMetrics API, so that a recorder on one machine records to a store on another. Calls that failed for a moment are
/// repeated: facts carry their ids, so nothing is stored twice. Whatever keeps the API from answering as it should, a wrong token or a wrong
/// address among it, is a <see cref="StoreUnavailableException"/>; only what the API says of a fact itself is a rejection of the fact.
/// </summary>
/// <remarks>
/// Many facts travel in several requests, each of which the API stores in one transaction. When a call throws, facts of its earlier requests
/// may be stored; writing all of them again is harmless.
/// </remarks>
public sealed class HttpRunMetricsStore : IRunMetricsStore, IDisposable
{
    private const string JsonMediaType = "application/json";
    private const string NdjsonMediaType = "application/x-ndjson";
    private const string StartedAtField = "started_at";

    // As many lines as the API lists when it refuses them all, unless what is wrong with them takes too many words.
    private const int MaxFactsOfARequest = 100;

    // Servers in front of the API commonly refuse bodies above a megabyte.
    private const int MaxBytesOfARequest = 768 * 1024;

    private static readonly JsonSerializerOptions Json = RunMetricsJson.CreateOptions();

    private readonly HttpApi _api;

    /// <summary>Made by <see cref="Create"/> and by <see cref="RunMetricsClientServices.AddRunMetricsClient"/>.</summary>
    internal HttpRunMetricsStore(HttpApi api) => _api = api;

    /// <summary>Makes a store for a program without a host. One instance serves any number of calls at once; dispose it at the end.</summary>
    /// <param name="baseAddress">The address of the API, such as <c>http://localhost:5080</c>.</param>
    /// <param name="configure">Sets the options, if given.</param>
    /// <param name="time">The clock; the system's by default.</param>
    /// <exception cref="ArgumentException">An option is out of its range.</exception>
    public static HttpRunMetricsStore Create(Uri baseAddress, Action<RunMetricsClientOptions>? configure = null, TimeProvider? time = null) =>
        new(HttpApi.Create(baseAddress, configure, time));

    /// <inheritdoc />
    /// <exception cref="NotSupportedException">A batch may touch certain projects only; a remote API knows no limit but that of the token.</exception>
    /// <exception cref="StoreUnavailableException">The API did not take the facts; it may have taken some of them.</exception>
    public async Task<IReadOnlyList<IReadOnlyList<FactResult>>> WriteAsync(IReadOnlyList<FactBatch> batches, CancellationToken cancellationToken)
    {
        foreach (var batch in batches)
        {
            batch.Access.RequireAll();
        }

        var results = new List<IReadOnlyList<FactResult>>(batches.Count);
        foreach (var batch in batches)
        {
            results.Add(await WriteAsync(batch, cancellationToken));
        }

        return results;
    }

    /// <inheritdoc />
    /// <exception cref="StoreUnavailableException">The API did not answer.</exception>
    public async Task<RunHistory?> FindRunAsync(string runId, ProjectAccess access, CancellationToken cancellationToken)
    {
        access.RequireAll();
        if (!IsAddressable(runId))
        {
            throw new ArgumentException($"A run '{runId}' has no address of its own.", nameof(runId));
        }

        var run = await _api.SendAsync(HttpMethod.Get, PathOfRun(runId), null, cancellationToken);
        if (run.IsUnknownRun())
        {
            return null;
        }

        var metrics = await _api.SendAsync(HttpMethod.Get, $"{PathOfRun(runId)}/metrics", null, cancellationToken);
        return metrics.IsUnknownRun()
            ? null
            : new RunHistory(
                _api.Read(run, (RunRecord record) => record),
                _api.Read(metrics, (IReadOnlyList<PhaseMetricRecord> records) => records));
    }

    /// <inheritdoc />
    /// <exception cref="StoreUnavailableException">The API did not answer; the run may be deleted.</exception>
    public async Task<bool> DeleteRunAsync(string runId, ProjectAccess access, CancellationToken cancellationToken)
    {
        access.RequireAll();
        if (!IsAddressable(runId))
        {
            throw new ArgumentException($"A run '{runId}' has no address of its own.", nameof(runId));
        }

        var answer = await _api.SendAsync(HttpMethod.Delete, PathOfRun(runId), null, cancellationToken);
        if (answer.IsUnknownRun())
        {
            return false;
        }

        return answer.Status == HttpStatusCode.NoContent ? true : throw _api.Unexpected(answer);
    }

    /// <summary>Closes the connections. Harmless when repeated.</summary>
    public void Dispose() => _api.Dispose();

    /// <summary>
    /// The facts of a batch may take several requests. Of a run that one of them turned out to be another than the recorded one, no later one says
    /// a phase: the API knows only what stands in the same body.
    /// </summary>
    private async Task<IReadOnlyList<FactResult>> WriteAsync(FactBatch batch, CancellationToken cancellationToken)
    {
        var results = new List<FactResult>(batch.Facts.Count);
        while (results.Count < batch.Facts.Count)
        {
            var first = batch.Facts[results.Count];
            IReadOnlyList<FactResult> next = first switch
            {
                PhaseMetricFact phase when batch.OtherRuns.Contains(phase.RunId!) => [FactResult.OtherRun(phase.RunId!)],
                _ when IsComplete(first) => await ImportAsync(Gather(batch, results.Count), cancellationToken),
                _ => [await PutRunAsync((RunFact)first, batch.StatedAt, cancellationToken)],
            };
            foreach (var (fact, result) in batch.Facts.Skip(results.Count).Zip(next))
            {
                if (fact is RunFact run)
                {
                    batch.OtherRuns.Note(run, result);
                }
            }

            results.AddRange(next);
        }

        return results;
    }

    /// <summary>The facts from one on that may stand in one body.</summary>
    private static List<Fact> Gather(FactBatch batch, int start)
    {
        var facts = new List<Fact>();
        var runs = new HashSet<string>(StringComparer.Ordinal);
        foreach (var fact in batch.Facts.Skip(start).Take(MaxFactsOfARequest).TakeWhile(IsComplete))
        {
            if (fact is PhaseMetricFact phase && batch.OtherRuns.Contains(phase.RunId!) && !runs.Contains(phase.RunId!))
            {
                break;
            }

            if (fact is RunFact run)
            {
                runs.Add(run.Id!);
            }

            facts.Add(fact);
        }

        return facts;
    }

    /// <returns>What became of the first of the facts, at least of one; the others are still to be sent.</returns>
    private async Task<IReadOnlyList<FactResult>> ImportAsync(IReadOnlyList<Fact> facts, CancellationToken cancellationToken)
    {
        var body = new ArrayBufferWriter<byte>();
        var count = 0;
        foreach (var line in facts.Select(FactWriter.ToLine).TakeWhile(line => count == 0 || body.WrittenCount + line.Length < MaxBytesOfARequest))
        {
            body.Write(line);
            body.Write("\n"u8);
            count++;
        }

        var answer = await _api.SendAsync(HttpMethod.Post, "/run-metrics/import", Content(body.WrittenMemory, NdjsonMediaType), cancellationToken);
        if (answer.Status == HttpStatusCode.RequestEntityTooLarge)
        {
            return count > 1
                ? await ImportAsync([.. facts.Take(count / 2)], cancellationToken)
                : [FactResult.Rejected(FactRejectionReason.Invalid, new FactError("fact", $"larger than {_api.Root} takes", "a smaller fact"))];
        }

        return _api.Read<ImportAnswer, IReadOnlyList<FactResult>>(answer, report => report.ToResults(count));
    }

    private async Task<FactResult> PutRunAsync(RunFact fact, DateTimeOffset statedAt, CancellationToken cancellationToken)
    {
        if (!IsAddressable(fact.Id))
        {
            return FactResult.Rejected(FactRejectionReason.Invalid, new FactError("id", fact.Id, "an id that can stand in an address, as the fact is incomplete"));
        }

        if (fact.StartedAt is null && !(fact.EndedAt < statedAt))
        {
            // A run that nobody recorded starts when the fact was stated, not when it is delivered. Where the API knows another start, the run is
            // recorded, and the start stays unsaid.
            var result = await PutAsync(fact with { StartedAt = statedAt }, cancellationToken);
            if (result.Rejection is not { Reason: FactRejectionReason.Conflict } refusal || refusal.Errors.All(error => error.Field != StartedAtField))
            {
                return result;
            }
        }

        return await PutAsync(fact, cancellationToken);
    }

    private async Task<FactResult> PutAsync(RunFact fact, CancellationToken cancellationToken)
    {
        var body = Content(JsonSerializer.SerializeToUtf8Bytes(fact, Json), JsonMediaType);
        var answer = await _api.SendAsync(HttpMethod.Put, PathOfRun(fact.Id!), body, cancellationToken);
        return answer.Status switch
        {
            HttpStatusCode.Created => FactResult.Created,
            HttpStatusCode.OK => FactResult.Stored,

            // A refusal of the fact says why. Any other 400, 404 or 409 comes from something that is not this API, or from another address of it.
            HttpStatusCode.BadRequest or HttpStatusCode.NotFound or HttpStatusCode.Conflict
                when answer.ReadProblem()?.ToRejection() is { } rejection => FactResult.Rejected(rejection),
            _ => throw _api.Unexpected(answer),
        };
    }

    /// <summary>True when the fact says all that an import wants, which fills in nothing.</summary>
    private static bool IsComplete(Fact fact) => fact is not RunFact run
        || (run is { Status: not null, StartedAt: not null } && (run.EndedAt is not null || run.Status == RunStatus.Running.Name()));

    // Clients, servers and what is between them take these for folders, escaped or not.
    private static bool IsAddressable(string? id) => id is not (null or "" or "." or "..");

    private static string PathOfRun(string runId) => $"/runs/{Uri.EscapeDataString(runId)}";

    private static ReadOnlyMemoryContent Content(ReadOnlyMemory<byte> body, string mediaType) =>
        new(body) { Headers = { ContentType = new MediaTypeHeaderValue(mediaType) } };
}
