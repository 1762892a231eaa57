using System.Buffers;
using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.Extensions.Http.Resilience;
using Polly;
using Polly.Timeout;
using RunMetrics.Domain.Facts;
using RunMetrics.Domain.Storage;
using RunMetrics.Domain.Runs;
using RunMetrics.Domain.Vocabulary;

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

    // As many lines as the API lists when it refuses them all.
    private const int MaxFactsOfARequest = 100;

    // Servers in front of the API commonly refuse bodies above a megabyte.
    private const int MaxBytesOfARequest = 768 * 1024;

    // What the API is looked up in for a change of the address, when the client is kept for as long as the process lives.
    private static readonly TimeSpan ConnectionLifetime = TimeSpan.FromMinutes(5);

    private static readonly JsonSerializerOptions Json = MakeJsonOptions();

    private readonly HttpClient _http;
    private readonly RunMetricsClientOptions _options;
    private readonly string _root;

    /// <summary>Made by <see cref="Create"/> and by <see cref="RunMetricsClientServices.AddRunMetricsClient"/>.</summary>
    /// <param name="http">Sends the requests, and retries.</param>
    /// <param name="options">Valid options.</param>
    internal HttpRunMetricsStore(HttpClient http, RunMetricsClientOptions options)
    {
        _http = http;
        _options = options;
        _root = options.BaseAddress!.AbsoluteUri.TrimEnd('/');

        // The pipeline bounds each call; a second bound on all of them would only hide which it was.
        _http.Timeout = Timeout.InfiniteTimeSpan;
    }

    /// <summary>Makes a store for a program without a host. One instance serves any number of calls at once; dispose it at the end.</summary>
    /// <param name="baseAddress">The address of the API, such as <c>http://localhost:5080</c>.</param>
    /// <param name="configure">Sets the options, if given.</param>
    /// <param name="time">The clock; the system's by default.</param>
    /// <exception cref="ArgumentException">An option is out of its range.</exception>
    public static HttpRunMetricsStore Create(Uri baseAddress, Action<RunMetricsClientOptions>? configure = null, TimeProvider? time = null)
    {
        var options = new RunMetricsClientOptions { BaseAddress = baseAddress };
        configure?.Invoke(options);
        RunMetricsClientOptions.Validate(options);

        var pipeline = new ResiliencePipelineBuilder<HttpResponseMessage>();
        RetryPolicy.Configure(pipeline, options, time ?? TimeProvider.System);
        var handler = new ResilienceHandler(pipeline.Build()) { InnerHandler = MakePrimaryHandler() };
        return new HttpRunMetricsStore(new HttpClient(handler, disposeHandler: true), options);
    }

    /// <inheritdoc />
    /// <exception cref="StoreUnavailableException">The API did not take the facts; it may have taken some of them.</exception>
    public async Task<IReadOnlyList<IReadOnlyList<FactResult>>> WriteAsync(IReadOnlyList<FactBatch> batches, CancellationToken cancellationToken)
    {
        var results = new List<IReadOnlyList<FactResult>>(batches.Count);
        foreach (var batch in batches)
        {
            RefuseLimitedAccess(batch.Access);
            results.Add(await WriteAsync(batch.Facts, cancellationToken));
        }

        return results;
    }

    private static void RefuseLimitedAccess(ProjectAccess access)
    {
        if (access.ProjectIds is not null)
        {
            throw new NotSupportedException("What may be touched at a remote API its token says: pass ProjectAccess.All.");
        }
    }

    private async Task<IReadOnlyList<FactResult>> WriteAsync(IReadOnlyList<Fact> facts, CancellationToken cancellationToken)
    {
        var results = new List<FactResult>(facts.Count);
        var lines = new List<byte[]>();
        var bytes = 0;
        foreach (var fact in facts)
        {
            if (!StandsByItself(fact))
            {
                await ImportGatheredAsync();
                results.Add(await PutAsync(fact, cancellationToken));
                continue;
            }

            var line = FactWriter.ToLine(fact);
            if (lines.Count == MaxFactsOfARequest || bytes + line.Length >= MaxBytesOfARequest)
            {
                await ImportGatheredAsync();
            }

            lines.Add(line);
            bytes += line.Length + 1;
        }

        await ImportGatheredAsync();
        return results;

        async Task ImportGatheredAsync()
        {
            if (lines.Count > 0)
            {
                results.AddRange(await ImportAsync([.. facts.Skip(results.Count).Take(lines.Count)], lines, bytes, cancellationToken));
                lines.Clear();
                bytes = 0;
            }
        }
    }

    /// <inheritdoc />
    /// <exception cref="StoreUnavailableException">The API did not answer.</exception>
    public async Task<RunHistory?> FindRunAsync(string runId, ProjectAccess access, CancellationToken cancellationToken)
    {
        RefuseLimitedAccess(access);
        if (!IsAddressable(runId))
        {
            throw new ArgumentException($"A run '{runId}' has no address of its own.", nameof(runId));
        }

        var run = await SendAsync(HttpMethod.Get, PathOfRun(runId), null, cancellationToken);
        if (IsUnknown(run))
        {
            return null;
        }

        var metrics = await SendAsync(HttpMethod.Get, $"{PathOfRun(runId)}/metrics", null, cancellationToken);
        return IsUnknown(metrics)
            ? null
            : new RunHistory(ReadBody<RunRecord>(run), ReadBody<IReadOnlyList<PhaseMetricRecord>>(metrics));
    }

    /// <inheritdoc />
    /// <exception cref="StoreUnavailableException">The API did not answer; the run may be deleted.</exception>
    public async Task<bool> DeleteRunAsync(string runId, ProjectAccess access, CancellationToken cancellationToken)
    {
        RefuseLimitedAccess(access);
        if (!IsAddressable(runId))
        {
            throw new ArgumentException($"A run '{runId}' has no address of its own.", nameof(runId));
        }

        var answer = await SendAsync(HttpMethod.Delete, PathOfRun(runId), null, cancellationToken);
        if (IsUnknown(answer))
        {
            return false;
        }

        return answer.Status == HttpStatusCode.NoContent ? true : throw Unexpected(answer);
    }

    /// <summary>Closes the connections. Harmless when repeated.</summary>
    public void Dispose() => _http.Dispose();

    internal static HttpMessageHandler MakePrimaryHandler() => new WholeAnswerHandler
    {
        InnerHandler = new SocketsHttpHandler
        {
            // A redirected POST becomes a GET, and a token would go where it was not meant to go.
            AllowAutoRedirect = false,
            PooledConnectionLifetime = ConnectionLifetime,
            UseCookies = false,
        },
    };

    private async Task<IReadOnlyList<FactResult>> ImportAsync(
        IReadOnlyList<Fact> facts, IReadOnlyList<byte[]> lines, int bytes, CancellationToken cancellationToken)
    {
        var body = new ArrayBufferWriter<byte>(bytes);
        foreach (var line in lines)
        {
            body.Write(line);
            body.Write("\n"u8);
        }

        var answer = await SendAsync(HttpMethod.Post, "/run-metrics/import", Content(body.WrittenMemory, NdjsonMediaType), cancellationToken);
        if (answer.Status is HttpStatusCode.BadRequest or HttpStatusCode.RequestEntityTooLarge)
        {
            // Something on the way does not take them together; what it says of each is what counts.
            return await PutEachAsync(facts, cancellationToken);
        }

        if (answer.Status is not (HttpStatusCode.OK or HttpStatusCode.MultiStatus))
        {
            throw Unexpected(answer);
        }

        var report = ReadBody<ImportAnswer>(answer);
        if (report.Accepted + report.Unchanged + report.Rejected != facts.Count)
        {
            throw new StoreUnavailableException(
                $"{_root} answered for {report.Accepted + report.Unchanged + report.Rejected} facts of {facts.Count}; is it a RunMetrics API?");
        }

        if (report.Rejected != report.Errors.Count || report.Errors.Any(error => error.Line < 1 || error.Line > facts.Count))
        {
            return await PutEachAsync(facts, cancellationToken);
        }

        var results = new FactResult[facts.Count];
        Array.Fill(results, report.Unchanged == facts.Count ? FactResult.Unchanged : FactResult.Stored);
        foreach (var error in report.Errors)
        {
            // The report has one sentence for all that is wrong. Alone, the fact is refused with the reason and every field, or is even
            // taken: a metric may have stood before its run.
            var position = (int)error.Line - 1;
            results[position] = IsAddressable(facts[position])
                ? await PutAsync(facts[position], cancellationToken)
                : FactResult.Rejected(FactRejectionReason.Invalid, [new FactError("id", facts[position].Id, error.Message)]);
        }

        return results;
    }

    private async Task<IReadOnlyList<FactResult>> PutEachAsync(IReadOnlyList<Fact> facts, CancellationToken cancellationToken)
    {
        var results = new List<FactResult>(facts.Count);
        foreach (var fact in facts)
        {
            results.Add(await PutAsync(fact, cancellationToken));
        }

        return results;
    }

    private async Task<FactResult> PutAsync(Fact fact, CancellationToken cancellationToken)
    {
        if (!IsAddressable(fact))
        {
            return FactResult.Rejected(FactRejectionReason.Invalid, [new FactError("id", fact.Id, "an id that can stand in an address, as the fact cannot stand in a file")]);
        }

        var body = Content(JsonSerializer.SerializeToUtf8Bytes(fact, fact.GetType(), Json), JsonMediaType);
        var answer = await SendAsync(HttpMethod.Put, PathOf(fact), body, cancellationToken);
        switch (answer.Status)
        {
            case HttpStatusCode.Created:
                return FactResult.Created;
            case HttpStatusCode.OK:
                return FactResult.Stored;
            case HttpStatusCode.RequestEntityTooLarge:
                return FactResult.Rejected(FactRejectionReason.Invalid, [new FactError("fact", $"larger than {_root} takes", "a smaller fact")]);
        }

        FactRejectionReason? reason = answer.Status switch
        {
            HttpStatusCode.BadRequest => FactRejectionReason.Invalid,
            HttpStatusCode.NotFound => FactRejectionReason.UnknownRun,
            HttpStatusCode.Conflict => FactRejectionReason.Conflict,
            _ => null,
        };

        // A refusal of the fact names a field of it. Any other 400, 404 or 409 comes from something that is not this API.
        return reason is not null && ProblemAnswer.Read(answer)?.ToFactErrors() is { Count: > 0 } errors
            ? FactResult.Rejected(reason.Value, errors)
            : throw Unexpected(answer);
    }

    private async Task<HttpAnswer> SendAsync(HttpMethod method, string path, HttpContent? content, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(method, new Uri(_root + path)) { Content = content };
        try
        {
            if (_options.BearerToken is not null && await _options.BearerToken(cancellationToken) is { Length: > 0 } token)
            {
                request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
            }

            using var response = await _http.SendAsync(request, cancellationToken);
            var body = await response.Content.ReadAsByteArrayAsync(cancellationToken);
            return new HttpAnswer(response.StatusCode, response.Content.Headers.ContentType?.MediaType, body);
        }
        catch (TimeoutRejectedException exception)
        {
            throw new StoreUnavailableException($"{_root} did not answer within {exception.Timeout}.", exception);
        }
        catch (Exception exception) when (exception is not OperationCanceledException || !cancellationToken.IsCancellationRequested)
        {
            throw new StoreUnavailableException($"{_root} cannot be reached: {exception.Message}", exception);
        }
    }

    private T ReadBody<T>(HttpAnswer answer)
    {
        if ((int)answer.Status is < 200 or > 299)
        {
            throw Unexpected(answer);
        }

        try
        {
            return JsonSerializer.Deserialize<T>(answer.Body, Json) ?? throw new JsonException("The body is null.");
        }
        catch (JsonException exception)
        {
            throw new StoreUnavailableException(
                $"{_root} answered with what is no answer of a RunMetrics API: {exception.Message}", exception);
        }
    }

    private StoreUnavailableException Unexpected(HttpAnswer answer)
    {
        var status = $"{(int)answer.Status} {answer.Status}";
        return new StoreUnavailableException(answer.Status switch
        {
            HttpStatusCode.Unauthorized => $"{_root} answered {status}: it wants a bearer token that it accepts.",
            HttpStatusCode.Forbidden => $"{_root} answered {status}: the bearer token lacks the scope for this call.",
            _ => ProblemAnswer.Read(answer) is { } problem
                ? $"{_root} answered {status}: {problem.Detail ?? problem.Title}"
                : $"{_root} answered {status}, not as a RunMetrics API does.",
        });
    }

    private static bool IsUnknown(HttpAnswer answer) => answer.Status == HttpStatusCode.NotFound && ProblemAnswer.Read(answer) is not null;

    /// <summary>True when the fact is complete enough for an import, which fills in nothing.</summary>
    private static bool StandsByItself(Fact fact) => fact switch
    {
        RunFact run => run is { Id: not null, Status: not null, StartedAt: not null } && (run.EndedAt is not null || run.Status == RunStatus.Running.Name()),
        _ => fact.Id is not null,
    };

    private static bool IsAddressable(Fact fact) =>
        IsAddressable(fact.Id) && (fact is not PhaseMetricFact metric || IsAddressable(metric.RunId));

    // Clients, servers and what is between them take these for folders, escaped or not.
    private static bool IsAddressable(string? id) => id is not (null or "" or "." or "..");

    private static string PathOf(Fact fact) => fact is PhaseMetricFact metric
        ? $"{PathOfRun(metric.RunId!)}/metrics/{Uri.EscapeDataString(metric.Id!)}"
        : PathOfRun(fact.Id!);

    private static string PathOfRun(string runId) => $"/runs/{Uri.EscapeDataString(runId)}";

    private static ReadOnlyMemoryContent Content(ReadOnlyMemory<byte> body, string mediaType) =>
        new(body) { Headers = { ContentType = new MediaTypeHeaderValue(mediaType) } };

    private static JsonSerializerOptions MakeJsonOptions() => new(RunMetricsJson.CreateOptions())
    {
        // A later API may say more than this client knows.
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Skip,
    };
}
