using NUnit.Framework;
using RunMetrics.Domain.Facts;
using RunMetrics.Domain.Runs;
using RunMetrics.Domain.Storage;
using RunMetrics.Tests.Support;
using Shouldly;

namespace RunMetrics.Tests.Domain.Facts;

[OnBothDatabases]
public sealed class RunRulesTests(DatabaseKind kind)
{
    private const string Id = "1 to 128 of A-Z a-z 0-9 . _ : -";
    private const string Statuses = "running, succeeded, failed, cancelled";

    private static readonly DateTimeOffset LastAccepted = TestDatabase.Now.AddDays(1);

    private TestDatabase _database = null!;

    [SetUp]
    public async Task CreateDatabaseAsync() => _database = await TestDatabase.CreateAsync(kind);

    [TearDown]
    public async Task DeleteDatabaseAsync() => await _database.DisposeAsync();

    [TestCaseSource(nameof(BrokenRuns))]
    public async Task RecordAsync_one_rule_broken_is_refused_with_field_value_and_what_is_accepted(RunFact fact, string field, string? value, string accepted)
    {
        var rejection = await RefuseAsync(fact);

        rejection.Reason.ShouldBe(FactRejectionReason.Invalid);
        var error = rejection.Errors.ShouldHaveSingleItem();
        error.Field.ShouldBe(field);
        error.Message.ShouldStartWith(value is null ? $"{field} is missing; accepted: " : $"{field} is '{value}'; accepted: ");
        error.Message.ShouldContain(accepted);
        rejection.Message.ShouldBe(error.Message);
        _database.Dump().ShouldBeEmpty();
    }

    [Test]
    public async Task RecordAsync_everything_wrong_is_refused_with_all_of_it_at_once()
    {
        var rejection = await RefuseAsync(new RunFact
        {
            Id = "a b",
            ProjectId = "",
            WorkOrderId = "a/b",
            Status = "Done",
            StartedAt = LastAccepted.AddDays(2),
            EndedAt = LastAccepted.AddDays(1),
        });

        rejection.Errors.Select(error => error.Field).ShouldBe(
            ["id", "project_id", "work_order_id", "status", "started_at", "ended_at", "ended_at"], ignoreOrder: true);
    }

    [TestCaseSource(nameof(RunsAtTheEdge))]
    public async Task RecordAsync_run_just_within_the_rules_is_stored(RunFact fact)
    {
        var recorded = await _database.Service.RecordAsync(fact, CancellationToken.None);

        recorded.Disposition.ShouldBe(FactDisposition.Created);
        recorded.Run.ShouldBe(await _database.Queries.FindRunAsync(fact.Id!, ProjectAccess.All, CancellationToken.None));
        _database.Dump().Count.ShouldBe(1);
    }

    [Test]
    public async Task RecordAsync_only_what_is_demanded_is_running_from_now_on()
    {
        await _database.Service.RecordAsync(new RunFact { Id = "r", ProjectId = "bop", WorkOrderId = "032" }, CancellationToken.None);

        _database.Dump().ShouldBe(["r|bop|032|running|1|2026-01-12T10:00:00.123Z|NULL"]);
    }

    [Test]
    public async Task RecordAsync_final_without_an_end_ends_now_but_not_before_it_starts()
    {
        await _database.Service.RecordAsync(SampleFacts.Run("past") with { Status = "failed" }, CancellationToken.None);
        await _database.Service.RecordAsync(SampleFacts.Run("ahead") with { Status = "failed", StartedAt = LastAccepted }, CancellationToken.None);

        _database.Rows("SELECT id, ended_at FROM runs ORDER BY id").ShouldBe(["ahead|2026-01-13T10:00:00.123Z", "past|2026-01-12T10:00:00.123Z"]);
    }

    [Test]
    public async Task RecordAsync_an_end_before_now_and_no_start_is_refused_because_it_cannot_have_started_now()
    {
        var rejection = await RefuseAsync(SampleFacts.EndedRun() with { StartedAt = null });

        rejection.Errors.ShouldHaveSingleItem().Field.ShouldBe("started_at");
        _database.Dump().ShouldBeEmpty();
    }

    [TestCaseSource(nameof(IncompleteRuns))]
    public async Task ImportAsync_a_run_that_does_not_stand_by_itself_is_refused(RunFact fact, string field)
    {
        var results = await _database.Service.ImportAsync([SampleFacts.Read(fact)], CancellationToken.None);

        var error = results.ShouldHaveSingleItem().Rejection.ShouldNotBeNull().Errors.ShouldHaveSingleItem();
        error.Field.ShouldBe(field);
        error.Message.ShouldStartWith($"{field} is missing; accepted: ");
        _database.Dump().ShouldBeEmpty();
    }

    [Test]
    public async Task ImportAsync_bad_facts_among_good_ones_stores_the_good_and_answers_in_their_order()
    {
        FactReading[] readings =
        [
            SampleFacts.Read(SampleFacts.Run("a") with { Status = null }),
            SampleFacts.Read(SampleFacts.Run("b")),
            new FactReading(null, [new FactError("line", "x", "a fact")]),
            SampleFacts.Read(SampleFacts.OpenPhase("m", "nobody")),
            SampleFacts.Read(SampleFacts.OpenPhase("m", "b")),
            SampleFacts.Read(SampleFacts.Run("b")),
            SampleFacts.Read(SampleFacts.EndedRun("b")),
            SampleFacts.Read(SampleFacts.Run("b") with { WorkOrderId = "other" }),
        ];

        var results = await _database.Service.ImportAsync(readings, CancellationToken.None);

        results.Select(result => (result.Disposition, result.Rejection?.Reason)).ShouldBe(
        [
            (FactDisposition.Rejected, FactRejectionReason.Invalid),
            (FactDisposition.Created, null),
            (FactDisposition.Rejected, FactRejectionReason.Unreadable),
            (FactDisposition.Rejected, FactRejectionReason.UnknownRun),
            (FactDisposition.Created, null),
            (FactDisposition.Unchanged, null),
            (FactDisposition.Updated, null),
            (FactDisposition.Rejected, FactRejectionReason.Conflict),
        ]);
    }

    [Test]
    public async Task RecordAsync_a_field_that_could_not_be_read_is_reported_once_beside_the_broken_rules()
    {
        var reading = new FactReading(
            SampleFacts.Run() with { ProjectId = null, WorkOrderId = "" }, [new FactError("project_id", "1", "text")]);

        var exception = await Should.ThrowAsync<FactRejectedException>(() => _database.Service.RecordAsync(reading, CancellationToken.None));

        exception.Rejection.Errors.Select(error => error.Field).ShouldBe(["work_order_id", "project_id"]);
    }

    private static IEnumerable<TestCaseData> BrokenRuns()
    {
        var run = SampleFacts.Run();
        var ended = SampleFacts.EndedRun();

        TestCaseData Broken(string what, RunFact fact, string field, string? value, string accepted) =>
            new TestCaseData(fact, field, value, accepted).SetArgDisplayNames(what);

        yield return Broken("no id", run with { Id = null }, "id", null, Id);
        yield return Broken("empty id", run with { Id = "" }, "id", "", Id);
        yield return Broken("id of 129", run with { Id = new string('a', 129) }, "id", $"{new string('a', 100)}…", Id);
        yield return Broken("slash in id", run with { Id = "a/b" }, "id", "a/b", Id);
        yield return Broken("half a character in id", run with { Id = "\ud800" }, "id", "\ud800", Id);
        yield return Broken("no project", run with { ProjectId = null }, "project_id", null, "1 to 128 of A-Z a-z 0-9 . _ : / -");
        yield return Broken("space in project", run with { ProjectId = "a b" }, "project_id", "a b", "1 to 128 of A-Z a-z 0-9 . _ : / -");
        yield return Broken("no work order", run with { WorkOrderId = null }, "work_order_id", null, Id);
        yield return Broken("slash in work order", run with { WorkOrderId = "a/b" }, "work_order_id", "a/b", Id);
        yield return Broken("other casing of status", run with { Status = "Running" }, "status", "Running", Statuses);
        yield return Broken("number as status", run with { Status = "0" }, "status", "0", Statuses);
        yield return Broken(
            "start too far ahead", run with { StartedAt = LastAccepted.AddMilliseconds(1) }, "started_at", "2026-01-13T10:00:00.124Z", "a day in the future");
        yield return Broken(
            "end too far ahead", ended with { EndedAt = LastAccepted.AddMilliseconds(1) }, "ended_at", "2026-01-13T10:00:00.124Z", "a day in the future");
        yield return Broken(
            "end before start", ended with { EndedAt = SampleFacts.Start.AddMilliseconds(-1) }, "ended_at", "2026-01-12T08:59:59.999Z", "at or after started_at");
        yield return Broken("running with an end", run with { EndedAt = SampleFacts.Start }, "ended_at", "2026-01-12T09:00:00.000Z", "null while status is running");
        yield return Broken(
            "no status with an end", run with { Status = null, EndedAt = SampleFacts.Start }, "ended_at", "2026-01-12T09:00:00.000Z", "null while status is running");
    }

    private static IEnumerable<TestCaseData> RunsAtTheEdge()
    {
        var run = SampleFacts.Run();
        var ended = SampleFacts.EndedRun();
        yield return new TestCaseData(run with { Id = new string('Z', 128) }).SetArgDisplayNames("id of 128");
        yield return new TestCaseData(run with { Id = "Az09._:-" }).SetArgDisplayNames("the whole alphabet");
        yield return new TestCaseData(run with { ProjectId = "owner/repo" }).SetArgDisplayNames("slash in project");
        yield return new TestCaseData(run with { StartedAt = LastAccepted }).SetArgDisplayNames("start exactly a day ahead");
        yield return new TestCaseData(ended with { EndedAt = LastAccepted }).SetArgDisplayNames("end exactly a day ahead");
        yield return new TestCaseData(ended with { EndedAt = SampleFacts.Start }).SetArgDisplayNames("ends as it starts");
        yield return new TestCaseData(run with { StartedAt = DateTimeOffset.MinValue }).SetArgDisplayNames("the first instant");
    }

    private static IEnumerable<TestCaseData> IncompleteRuns()
    {
        yield return new TestCaseData(SampleFacts.Run() with { Status = null }, "status").SetArgDisplayNames("no status");
        yield return new TestCaseData(SampleFacts.Run() with { StartedAt = null }, "started_at").SetArgDisplayNames("no start");
        yield return new TestCaseData(SampleFacts.EndedRun() with { EndedAt = null }, "ended_at").SetArgDisplayNames("final without end");
    }

    private async Task<FactRejection> RefuseAsync(RunFact fact) =>
        (await Should.ThrowAsync<FactRejectedException>(() => _database.Service.RecordAsync(fact, CancellationToken.None))).Rejection;
}
