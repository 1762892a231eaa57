using System.Globalization;
using System.Text;
using NUnit.Framework;
using RunMetrics.Domain.Facts;
using RunMetrics.Domain.Runs;
using RunMetrics.Domain.Storage;
using RunMetrics.Tests.Support;
using Shouldly;

namespace RunMetrics.Tests.Domain.Facts;

[OnBothDatabases]
public sealed class PhaseMetricRulesTests(DatabaseKind kind)
{
    private const string Id = "1 to 128 of A-Z a-z 0-9 . _ : -";
    private const string Phases = "setup, builder, test, reviewer, merge";
    private const string Outcomes = "success, failed, changes_requested, approved, skipped";

    private static readonly DateTimeOffset LastAccepted = TestDatabase.Now.AddDays(1);

    private TestDatabase _database = null!;

    [SetUp]
    public async Task CreateDatabaseWithARunAsync()
    {
        _database = await TestDatabase.CreateAsync(kind);
        await _database.Service.RecordAsync(SampleFacts.Run(), CancellationToken.None);
    }

    [TearDown]
    public async Task DeleteDatabaseAsync() => await _database.DisposeAsync();

    [TestCaseSource(nameof(BrokenPhases))]
    public async Task RecordAsync_one_rule_broken_is_refused_with_field_value_and_what_is_accepted(
        PhaseMetricFact fact, string field, string? value, string accepted)
    {
        var rejection = await RefuseAsync(fact);

        rejection.Reason.ShouldBe(FactRejectionReason.Invalid);
        var error = rejection.Errors.ShouldHaveSingleItem();
        error.Field.ShouldBe(field);
        error.Message.ShouldStartWith(value is null ? $"{field} is missing; accepted: " : $"{field} is '{value}'; accepted: ");
        error.Message.ShouldContain(accepted);
        _database.Rows("SELECT count(*) FROM run_phase_metrics").ShouldBe(["0"]);
    }

    [Test]
    public async Task RecordAsync_everything_wrong_is_refused_with_all_of_it_at_once()
    {
        var rejection = await RefuseAsync(new PhaseMetricFact
        {
            Id = "a b",
            RunId = "",
            Phase = "Setup",
            Iteration = 0,
            StartedAt = LastAccepted.AddDays(1),
            DurationSeconds = -1,
            Outcome = "done",
            Metadata = SampleFacts.Json("[]"),
        });

        rejection.Errors.Select(error => error.Field).ShouldBe(
            ["id", "run_id", "phase", "iteration", "started_at", "ended_at", "duration_seconds", "outcome", "metadata"], ignoreOrder: true);
    }

    [TestCaseSource(nameof(PhasesAtTheEdge))]
    public async Task RecordAsync_phase_just_within_the_rules_is_stored_with_its_duration(PhaseMetricFact fact, int? durationSeconds)
    {
        var recorded = await _database.Service.RecordAsync(fact, CancellationToken.None);

        recorded.Disposition.ShouldBe(FactDisposition.Created);
        recorded.PhaseMetric.ShouldNotBeNull().DurationSeconds.ShouldBe(durationSeconds);
        _database.Rows($"SELECT duration_seconds FROM run_phase_metrics").ShouldBe([durationSeconds?.ToString(CultureInfo.InvariantCulture) ?? "NULL"]);
    }

    [Test]
    public async Task RecordAsync_without_id_again_is_the_same_fact_under_the_id_of_its_name()
    {
        var fact = SampleFacts.OpenPhase() with { Id = null };

        var first = await _database.Service.RecordAsync(fact, CancellationToken.None);
        var imported = await _database.Service.ImportAsync([SampleFacts.Read(fact with { Iteration = null })], CancellationToken.None);

        // By Python: the start as six bytes, then hashlib.sha256(b"run-1/builder/1/2026-01-12T09:00:00.000Z").digest()[6:16].
        first.PhaseMetric.ShouldNotBeNull().Id.ShouldBe("019bb16e-fe80-80af-8b1b-9476568507ee");
        imported.ShouldHaveSingleItem().ShouldBe(FactResult.Unchanged);
        _database.Rows("SELECT id FROM run_phase_metrics").ShouldBe([first.PhaseMetric.Id]);
    }

    [Test]
    public async Task RecordAsync_without_id_and_with_another_outcome_is_a_conflict()
    {
        await _database.Service.RecordAsync(SampleFacts.ClosedPhase() with { Id = null, Outcome = "success" }, CancellationToken.None);

        var rejection = await RefuseAsync(SampleFacts.ClosedPhase() with { Id = null, Outcome = "failed" });

        rejection.Reason.ShouldBe(FactRejectionReason.Conflict);
        rejection.Errors.ShouldHaveSingleItem().Field.ShouldBe("outcome");
        _database.Rows("SELECT outcome FROM run_phase_metrics").ShouldBe(["success"]);
    }

    [Test]
    public async Task RecordAsync_of_a_run_that_nobody_recorded_is_refused_as_unknown()
    {
        var rejection = await RefuseAsync(SampleFacts.OpenPhase(runId: "nobody"));

        rejection.Reason.ShouldBe(FactRejectionReason.UnknownRun);
        rejection.Errors.ShouldHaveSingleItem().Message.ShouldBe("run_id is 'nobody'; accepted: the id of a recorded run.");
    }

    [Test]
    public async Task RecordAsync_metadata_that_grows_beyond_the_limit_is_a_conflict_and_keeps_what_is_stored()
    {
        await _database.Service.RecordAsync(SampleFacts.OpenPhase() with { Metadata = MetadataOf(bytes: 16384, name: "a") }, CancellationToken.None);
        var before = _database.Dump();

        var rejection = await RefuseAsync(SampleFacts.OpenPhase() with { Metadata = SampleFacts.Json("""{"b":1}""") });

        rejection.Reason.ShouldBe(FactRejectionReason.Conflict);
        rejection.Errors.ShouldHaveSingleItem().Field.ShouldBe("metadata");
        _database.Dump().ShouldBe(before);
    }

    [TestCase("""{"text":"\ud800"}""", "metadata.text", "text of valid Unicode")]
    [TestCase("""{"\udc00":1}""", "metadata", "names of valid Unicode")]
    [TestCase("""{"list":[{"deep":"a\udfffb"}]}""", "metadata.list[0].deep", "text of valid Unicode")]
    [TestCase("""{"a":1,"a":2}""", "metadata.a", "the field once")]
    [TestCase("""{"a":[0,{"b":1,"b":2}]}""", "metadata.a[1].b", "the field once")]
    public async Task RecordAsync_metadata_that_cannot_be_given_back_the_same_is_refused(string metadata, string field, string accepted)
    {
        var rejection = await RefuseAsync(SampleFacts.OpenPhase() with { Metadata = SampleFacts.Json(metadata) });

        rejection.Reason.ShouldBe(FactRejectionReason.Invalid);
        var error = rejection.Errors.ShouldHaveSingleItem();
        error.Field.ShouldBe(field);
        error.Message.ShouldEndWith($"; accepted: {accepted}.");
    }

    [TestCase(60)]
    [TestCase(200)]
    public async Task RecordAsync_metadata_nested_deeply_is_stored_or_refused_but_never_breaks(int depth)
    {
        var nested = System.Text.Json.JsonElement.Parse(
            $$"""{"a":{{new string('[', depth)}}{{new string(']', depth)}}}""", new System.Text.Json.JsonDocumentOptions { MaxDepth = 1000 });
        FactReading[] readings =
        [
            SampleFacts.Read(SampleFacts.OpenPhase() with { Metadata = nested }),
            SampleFacts.Read(SampleFacts.ClosedPhase() with { Metadata = SampleFacts.Json("""{"b":1}""") }),
        ];

        var results = await _database.Service.ImportAsync(readings, CancellationToken.None);

        results[1].Rejection.ShouldBeNull();
    }

    private static IEnumerable<TestCaseData> BrokenPhases()
    {
        var open = SampleFacts.OpenPhase();
        var closed = SampleFacts.ClosedPhase();
        var start = SampleFacts.Start;

        TestCaseData Broken(string what, PhaseMetricFact fact, string field, string? value, string accepted) =>
            new TestCaseData(fact, field, value, accepted).SetArgDisplayNames(what);

        yield return Broken("empty id", open with { Id = "" }, "id", "", Id);
        yield return Broken("slash in id", open with { Id = "a/b" }, "id", "a/b", Id);
        yield return Broken("no run", open with { RunId = null }, "run_id", null, Id);
        yield return Broken("no phase", open with { Phase = null }, "phase", null, Phases);
        yield return Broken("other casing of phase", open with { Phase = "Builder" }, "phase", "Builder", Phases);
        yield return Broken("iteration 0", open with { Iteration = 0 }, "iteration", "0", "from 1");
        yield return Broken("no start", open with { StartedAt = null }, "started_at", null, "with its offset");
        yield return Broken(
            "start too far ahead", open with { StartedAt = LastAccepted.AddMilliseconds(1) }, "started_at", "2026-01-13T10:00:00.124Z", "a day in the future");
        yield return Broken(
            "end too far ahead", closed with { EndedAt = LastAccepted.AddMilliseconds(1) }, "ended_at", "2026-01-13T10:00:00.124Z", "a day in the future");
        yield return Broken(
            "end before start", closed with { EndedAt = start.AddMilliseconds(-1) }, "ended_at", "2026-01-12T08:59:59.999Z", "at or after started_at");
        yield return Broken("duration without end", closed with { EndedAt = null }, "ended_at", null, "as duration_seconds is given");
        yield return Broken("negative duration", closed with { DurationSeconds = -1 }, "duration_seconds", "-1", "from 0 to 2147483647");
        yield return Broken("end without outcome", closed with { Outcome = null }, "outcome", null, Outcomes);
        yield return Broken("unknown outcome", closed with { Outcome = "done" }, "outcome", "done", Outcomes);
        yield return Broken("two outcomes", closed with { Outcome = "success, failed" }, "outcome", "success, failed", Outcomes);
        yield return Broken("metadata no object", open with { Metadata = SampleFacts.Json("[1]") }, "metadata", "[1]", "16384 bytes");
        yield return Broken("metadata undefined", open with { Metadata = default(System.Text.Json.JsonElement) }, "metadata", "", "16384 bytes");
        yield return Broken(
            "metadata of 16385 bytes", open with { Metadata = MetadataOf(16385) }, "metadata", $"{MetadataOf(16385).GetRawText()[..100]}…", "16384 bytes");
        foreach (var verdict in new[] { "approved", "changes_requested" })
        {
            foreach (var phase in new[] { "setup", "builder", "test", "merge" })
            {
                yield return Broken(
                    $"{verdict} by {phase}", closed with { Phase = phase, Outcome = verdict }, "outcome", verdict, "success, failed, skipped");
            }
        }

        // As long after the first instant as a duration can say, and a millisecond more.
        var earliest = open with { StartedAt = DateTimeOffset.MinValue };
        yield return Broken(
            "longer than a duration can say",
            earliest with { EndedAt = DateTimeOffset.MinValue.AddSeconds(int.MaxValue).AddMilliseconds(1), Outcome = "success" },
            "ended_at",
            "0069-01-19T03:14:07.001Z",
            "at most 2147483647 s");
    }

    private static IEnumerable<TestCaseData> PhasesAtTheEdge()
    {
        var open = SampleFacts.OpenPhase();
        var closed = SampleFacts.ClosedPhase();
        var start = SampleFacts.Start;

        TestCaseData Stored(string what, PhaseMetricFact fact, int? durationSeconds) =>
            new TestCaseData(fact, durationSeconds).SetArgDisplayNames(what);

        yield return Stored("open", open, null);
        yield return Stored("highest iteration", open with { Iteration = int.MaxValue }, null);
        yield return Stored("start exactly a day ahead", open with { StartedAt = LastAccepted }, null);
        yield return Stored("end exactly a day ahead", closed with { StartedAt = LastAccepted, EndedAt = LastAccepted }, 90);
        yield return Stored("end unknown", closed with { EndedAt = null, DurationSeconds = null, Outcome = "failed" }, null);
        yield return Stored("duration computed, half a second up", closed with { EndedAt = start.AddMilliseconds(1500), DurationSeconds = null }, 2);
        yield return Stored("duration computed, less than half down", closed with { EndedAt = start.AddMilliseconds(1499), DurationSeconds = null }, 1);
        yield return Stored("no time at all", closed with { EndedAt = start, DurationSeconds = null }, 0);
        yield return Stored("duration given wins", closed with { EndedAt = start.AddSeconds(90), DurationSeconds = 91 }, 91);
        yield return Stored("longest duration", closed with { DurationSeconds = int.MaxValue }, int.MaxValue);
        yield return Stored(
            "longest time between the instants",
            closed with { StartedAt = DateTimeOffset.MinValue, EndedAt = DateTimeOffset.MinValue.AddSeconds(int.MaxValue), DurationSeconds = null },
            int.MaxValue);
        yield return Stored("metadata of 16384 bytes", open with { Metadata = MetadataOf(16384) }, null);
        yield return Stored("metadata that fits once it is compact", open with { Metadata = SampleFacts.Json($"{{{new string(' ', 17000)}}}") }, null);
        yield return Stored("verdict approved", closed with { Phase = "reviewer", Outcome = "approved" }, 90);
        yield return Stored("verdict changes_requested", closed with { Phase = "reviewer", Outcome = "changes_requested" }, 90);
        yield return Stored("no verdict by the reviewer", closed with { Phase = "reviewer", Outcome = "skipped" }, 90);
    }

    /// <summary>Metadata of so many bytes, of which every second character of its text has two.</summary>
    private static System.Text.Json.JsonElement MetadataOf(int bytes, string name = "a")
    {
        var rest = bytes - Encoding.UTF8.GetByteCount($$"""{"{{name}}":""}""");
        var text = new StringBuilder();
        for (; rest >= 3; rest -= 3)
        {
            text.Append("aé");
        }

        return SampleFacts.Json($$"""{"{{name}}":"{{text}}{{new string('a', rest)}}"}""");
    }

    private async Task<FactRejection> RefuseAsync(PhaseMetricFact fact) =>
        (await Should.ThrowAsync<FactRejectedException>(() => _database.Service.RecordAsync(fact, CancellationToken.None))).Rejection;
}
