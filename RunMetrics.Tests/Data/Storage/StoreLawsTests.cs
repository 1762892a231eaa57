using CsCheck;
using NUnit.Framework;
using RunMetrics.Domain.Facts;
using RunMetrics.Domain.Runs;
using RunMetrics.Domain.Storage;
using RunMetrics.Tests.Support;
using Shouldly;

namespace RunMetrics.Tests.Data.Storage;

/// <summary>What holds for any sequence of facts. The ids are so few that the facts meet, agree and contradict each other.</summary>
[OnBothDatabases]
public sealed class StoreLawsTests(DatabaseKind kind)
{
    private static readonly Gen<Fact> RunFacts =
        from id in Gen.OneOf("r1", "r2")
        from project in Gen.Frequency((9, "bop"), (1, "other"))
        from startedAt in StartedAt
        from status in Gen.OneOf("running", "succeeded", "failed")
        from milliseconds in Gen.OneOf(0, 5000, 6000)
        from labels in Gen.OneOf(null, "", "a=1", "a=2", "b=1", "a=1 c=3")
        select (Fact)new RunFact
        {
            Id = id,
            ProjectId = project,
            WorkOrderId = "032",
            Status = status,
            StartedAt = startedAt,
            EndedAt = status == "running" ? null : startedAt.AddMilliseconds(milliseconds),
            Labels = labels?.Split(' ', StringSplitOptions.RemoveEmptyEntries).ToDictionary(label => label[..1], label => label[2..], StringComparer.Ordinal),
        };

    private static readonly Gen<Fact> PhaseMetricFacts =
        from id in Gen.OneOf("m1", "m2", "m3")
        from runId in Gen.Frequency((8, "r1"), (1, "r2"))
        from phase in Gen.Frequency((8, "reviewer"), (1, "merge"))
        from iteration in Gen.Frequency((8, (int?)3), (1, 2), (1, null))
        from startedAt in StartedAt
        from outcome in Gen.Frequency((4, null), (2, "success"), (1, "failed"), (1, "skipped"))
        from milliseconds in Gen.OneOf((int?)null, 0, 1499, 1500)
        from durationSeconds in Gen.Frequency((3, (int?)null), (1, 7))
        from metadata in Gen.OneOf(null, "{}", """{"a":1}""", """{"a":2}""", """{"b":[1]}""", """{"a":1,"c":null}""")
        let endedAt = outcome is null || milliseconds is null ? (DateTimeOffset?)null : startedAt.AddMilliseconds(milliseconds.Value)
        select (Fact)new PhaseMetricFact
        {
            Id = id,
            RunId = runId,
            Phase = phase,
            Iteration = iteration,
            StartedAt = startedAt,
            EndedAt = endedAt,
            DurationSeconds = endedAt is null ? null : durationSeconds,
            Outcome = outcome,
            Metadata = metadata is null ? null : SampleFacts.Json(metadata),
        };

    private static readonly Gen<Fact[]> Sequences = Gen.Frequency((1, RunFacts), (3, PhaseMetricFacts)).Array[1, 25];

    /// <summary>Two milliseconds, and within each of them what is cut off.</summary>
    private static Gen<DateTimeOffset> StartedAt =>
        Gen.Select(Gen.Frequency((9, 0), (1, 1)), Gen.Int[0, 9999], (milliseconds, ticks) => SampleFacts.Start.AddMilliseconds(milliseconds).AddTicks(ticks));

    private TestDatabase _database = null!;

    [SetUp]
    public async Task CreateDatabaseAsync() => _database = await TestDatabase.CreateAsync(kind);

    [TearDown]
    public async Task DeleteDatabaseAsync() => await _database.DisposeAsync();

    [Test]
    public Task WriteAsync_what_was_taken_before_changes_nothing() =>
        Sequences.SampleAsync(
            async facts =>
            {
                _database.Clear();
                var results = await WriteAsync(facts);
                var taken = facts.Zip(results).Where(pair => pair.Second.Rejection is null).Select(pair => pair.First).ToArray();
                var before = _database.Dump();
                _database.Time.Advance(TimeSpan.FromMinutes(1));

                var again = await WriteAsync(taken);

                again.ShouldAllBe(result => result.Disposition == FactDisposition.Unchanged);
                _database.Dump().ShouldBe(before);
            },
            iter: Samples.Of(75),
            threads: 1);

    [Test]
    public Task WriteAsync_a_whole_sequence_again_changes_nothing_where_runs_come_before_their_phases() =>
        Sequences.SampleAsync(
            async facts =>
            {
                _database.Clear();
                var ordered = facts.OrderBy(fact => fact is RunFact ? 0 : 1).ToArray();
                var results = await WriteAsync(ordered);
                var before = _database.Dump();

                var again = await WriteAsync(ordered);

                again.Zip(results).ShouldAllBe(pair => pair.First.Disposition == FactDisposition.Unchanged
                    || (pair.First.Rejection != null && pair.Second.Rejection != null));
                _database.Dump().ShouldBe(before);
            },
            iter: Samples.Of(75),
            threads: 1);

    [Test]
    public Task WriteAsync_in_any_batches_answers_and_stores_the_same() =>
        Gen.Select(Sequences, Gen.Int[1, 6]).SampleAsync(
            async (facts, size) =>
            {
                _database.Clear();
                var atOnce = await WriteAsync(facts);
                var rows = _database.Dump();
                _database.Clear();

                var inBatches = new List<FactResult>();
                var otherRuns = new OtherRuns();
                foreach (var batch in facts.Chunk(size))
                {
                    inBatches.AddRange(await WriteAsync(batch, otherRuns));
                }

                inBatches.Select(Describe).ShouldBe(atOnce.Select(Describe));
                _database.Dump().ShouldBe(rows);
            },
            iter: Samples.Of(75),
            threads: 1);

    [Test]
    public Task WriteAsync_after_anything_never_moves_back() =>
        Gen.Select(Sequences, Sequences).SampleAsync(
            async (first, second) =>
            {
                _database.Clear();
                await WriteAsync(first);
                var settled = Settled();
                var iterations = Iterations();
                var identities = Identities();
                var members = ListMembers();
                var labels = Labels();

                await WriteAsync(second);

                settled.ShouldBeSubsetOf(Settled(), StringComparer.Ordinal);
                identities.ShouldBeSubsetOf(Identities(), StringComparer.Ordinal);
                members.ShouldBeSubsetOf(ListMembers(), StringComparer.Ordinal);
                labels.ShouldBeSubsetOf(Labels(), StringComparer.Ordinal);
                var iterationsAfter = Iterations();
                iterations.ShouldAllBe(run => run.Value <= iterationsAfter[run.Key]);
            },
            iter: Samples.Of(75),
            threads: 1);

    /// <summary>
    /// The rules as statements about a whole sequence: the first fact about an id says what it is, facts that say otherwise are without effect,
    /// the first of the rest that ends it says how it came out, and the first one that agrees with that when.
    /// </summary>
    [Test]
    public Task WriteAsync_any_sequence_stores_what_the_rules_say_of_it_as_a_whole() =>
        Sequences.SampleAsync(
            async facts =>
            {
                _database.Clear();

                await WriteAsync(facts);

                _database.Rows(
                    """
                    SELECT id, project_id, status, iteration, started_at, ended_at,
                           (SELECT string_agg(name || '=' || value, ' ' ORDER BY name) FROM run_labels WHERE run_id = runs.id)
                    FROM runs ORDER BY id
                    """).ShouldBe(ExpectedRuns(facts));
                _database.Rows(
                    $"""
                    SELECT id, run_id, phase, iteration, started_at, ended_at, duration_seconds, outcome, metadata IS NULL,
                           (SELECT string_agg(key || '=' || coalesce(value, 'null'), ',' ORDER BY key) FROM {Members}(metadata))
                    FROM run_phase_metrics ORDER BY id
                    """).ShouldBe(ExpectedMetrics(facts));
            },
            iter: Samples.Of(150),
            threads: 1);

    private static IEnumerable<string> ExpectedRuns(Fact[] facts) =>
        facts.OfType<RunFact>().GroupBy(fact => fact.Id!, StringComparer.Ordinal).OrderBy(run => run.Key, StringComparer.Ordinal).Select(run =>
        {
            var first = run.First();
            RunFact? end = null;
            var labels = new SortedDictionary<string, string>(StringComparer.Ordinal);
            foreach (var fact in run.Where(fact => fact.ProjectId == first.ProjectId && Text(fact.StartedAt) == Text(first.StartedAt)))
            {
                if (end is null && (fact.Labels ?? RunLabels.None).All(label => labels.GetValueOrDefault(label.Key, label.Value) == label.Value))
                {
                    fact.Labels?.ToList().ForEach(label => labels[label.Key] = label.Value);
                    end = fact.Status == "running" ? null : fact;
                }
            }

            var iteration = MetricsOf(facts).Select(metric => metric[0]).Where(metric => metric.RunId == run.Key).Select(metric => metric.Iteration ?? 1);
            return $"{run.Key}|{first.ProjectId}|{end?.Status ?? "running"}|{iteration.Append(1).Max()}|{Text(first.StartedAt)}|{Text(end?.EndedAt)}"
                + $"|{(labels.Count == 0 ? "NULL" : string.Join(' ', labels.Select(label => $"{label.Key}={label.Value}")))}";
        });

    private static IEnumerable<string> ExpectedMetrics(Fact[] facts) => MetricsOf(facts).Select(metric =>
    {
        var first = metric[0];
        var close = metric.FirstOrDefault(fact => fact.Outcome is not null);
        SortedDictionary<string, string>? members = null;
        foreach (var fact in metric.TakeWhile(fact => fact.Outcome is null).Append(close).OfType<PhaseMetricFact>().Where(fact => fact.Metadata is not null))
        {
            var said = fact.Metadata!.Value.EnumerateObject().ToDictionary(member => member.Name, member => member.Value.GetRawText(), StringComparer.Ordinal);
            if (fact == close || said.All(member => members is null || !members.TryGetValue(member.Key, out var known) || known == member.Value))
            {
                members ??= new SortedDictionary<string, string>(StringComparer.Ordinal);
                foreach (var (name, value) in said)
                {
                    members[name] = value;
                }
            }
        }

        // An end that the closing fact left unknown is that of the first one behind it that agrees with it and knows one.
        var end = metric.SkipWhile(fact => fact != close).FirstOrDefault(fact => fact.EndedAt is not null
            && fact.Outcome == close!.Outcome
            && (fact.Metadata is null || (members is not null && fact.Metadata.Value.EnumerateObject().All(
                member => members.TryGetValue(member.Name, out var known) && known == member.Value.GetRawText()))));
        var ended = close?.EndedAt is null ? end : close;
        var seconds = ended is null
            ? "NULL"
            : $"{ended.DurationSeconds ?? Math.Round((decimal)(ended.EndedAt - ended.StartedAt)!.Value.TotalMilliseconds / 1000, MidpointRounding.AwayFromZero)}";
        var text = members is null or { Count: 0 } ? "NULL" : string.Join(',', members.Select(member => $"{member.Key}={member.Value}"));
        return $"{first.Id}|{first.RunId}|{first.Phase}|{first.Iteration ?? 1}|{Text(first.StartedAt)}|{Text(ended?.EndedAt)}|{seconds}"
            + $"|{close?.Outcome ?? "NULL"}|{(members is null ? 1 : 0)}|{text}";
    });

    /// <summary>
    /// The facts of each metric that agree on what it is, from the first on whose run was known; not those that were stated with a run that is
    /// another than the one that was stated first.
    /// </summary>
    private static IEnumerable<PhaseMetricFact[]> MetricsOf(Fact[] facts) =>
        facts.Index().Where(pair => pair.Item is PhaseMetricFact metric && IsOfTheFirstRun([.. facts.Take(pair.Index).OfType<RunFact>().Where(run => run.Id == metric.RunId)]))
            .Select(pair => (PhaseMetricFact)pair.Item)
            .GroupBy(fact => fact.Id!, StringComparer.Ordinal)
            .OrderBy(metric => metric.Key, StringComparer.Ordinal)
            .Select(metric =>
            {
                var first = metric.First();
                return metric.Where(fact => fact.RunId == first.RunId
                    && fact.Phase == first.Phase
                    && (fact.Iteration ?? first.Iteration ?? 1) == (first.Iteration ?? 1)
                    && Text(fact.StartedAt) == Text(first.StartedAt)).ToArray();
            });

    private static bool IsOfTheFirstRun(RunFact[] stated) =>
        stated.Length > 0 && stated[^1].ProjectId == stated[0].ProjectId && Text(stated[^1].StartedAt) == Text(stated[0].StartedAt);

    private static string Text(DateTimeOffset? instant) =>
        instant?.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", System.Globalization.CultureInfo.InvariantCulture) ?? "NULL";

    private static string Describe(FactResult result) => $"{result.Disposition}: {result.Rejection?.Message}";

    private Task<IReadOnlyList<FactResult>> WriteAsync(Fact[] facts, OtherRuns? otherRuns = null) =>
        _database.Service.ImportAsync([.. facts.Select(SampleFacts.Read)], ProjectAccess.All, otherRuns ?? new OtherRuns(), CancellationToken.None);

    private IReadOnlyList<string> Settled() =>
    [
        .. _database.Rows("SELECT id, status, ended_at FROM runs WHERE status <> 'running'"),
        .. _database.Rows("SELECT id, outcome, metadata FROM run_phase_metrics WHERE outcome IS NOT NULL"),
        .. _database.Rows("SELECT id, ended_at, duration_seconds FROM run_phase_metrics WHERE ended_at IS NOT NULL"),
    ];

    private IReadOnlyList<string> Identities() =>
    [
        .. _database.Rows("SELECT id, project_id, work_order_id, started_at FROM runs"),
        .. _database.Rows("SELECT id, run_id, phase, iteration, started_at FROM run_phase_metrics"),
    ];

    private IReadOnlyList<string> Labels() => _database.Rows("SELECT * FROM run_labels");

    private IReadOnlyList<string> ListMembers() => _database.Rows($"SELECT m.id, j.key FROM run_phase_metrics m, {Members}(m.metadata) j");

    /// <summary>What gives the members of a JSON object as rows.</summary>
    private string Members => kind == DatabaseKind.Sqlite ? "json_each" : "json_each_text";

    private Dictionary<string, int> Iterations() =>
        _database.Rows("SELECT id, iteration FROM runs").Select(row => row.Split('|')).ToDictionary(
            run => run[0], run => int.Parse(run[1], System.Globalization.CultureInfo.InvariantCulture), StringComparer.Ordinal);
}
