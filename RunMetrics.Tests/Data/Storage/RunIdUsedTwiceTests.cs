using NUnit.Framework;
using RunMetrics.Domain.Facts;
using RunMetrics.Domain.Runs;
using RunMetrics.Domain.Storage;
using RunMetrics.Tests.Support;
using Shouldly;

namespace RunMetrics.Tests.Data.Storage;

/// <summary>Two runs under one id: nothing of the second may count as the first.</summary>
[OnBothDatabases]
public sealed class RunIdUsedTwiceTests(DatabaseKind kind)
{
    private const string OtherRun = "run_id is 'run-1'; accepted: the id of the run stated with this phase; the recorded run of this id is another.";

    private TestDatabase _database = null!;

    [SetUp]
    public async Task RecordTheFirstRunAsync()
    {
        _database = await TestDatabase.CreateAsync(kind);
        await _database.Store.WriteAsync([SampleFacts.Run(), SampleFacts.ClosedPhase("first")], CancellationToken.None);
    }

    [TearDown]
    public async Task DeleteDatabaseAsync() => await _database.DisposeAsync();

    private static readonly RunFact[] OtherRuns =
    [
        SampleFacts.Run() with { ProjectId = "other" },
        SampleFacts.Run() with { WorkOrderId = "other" },
        SampleFacts.Run() with { StartedAt = SampleFacts.Start.AddMilliseconds(1) },
    ];

    [TestCaseSource(nameof(OtherRuns))]
    public async Task WriteAsync_phases_stated_with_another_run_are_refused_with_its_reason(RunFact other)
    {
        var before = _database.Dump();

        var results = await _database.Store.WriteAsync(
            [other, SampleFacts.ClosedPhase("second"), SampleFacts.ClosedPhase("first") with { Outcome = null }], CancellationToken.None);

        results.ShouldAllBe(result => result.Rejection!.Reason == FactRejectionReason.Conflict);
        results.Skip(1).Select(result => result.Rejection!.Message).ShouldBe([OtherRun, OtherRun]);
        _database.Dump().ShouldBe(before);
    }

    [Test]
    public async Task WriteAsync_the_run_only_ended_differently_is_the_same_run()
    {
        await _database.Store.WriteAsync([SampleFacts.EndedRun()], CancellationToken.None);

        var results = await _database.Store.WriteAsync(
            [SampleFacts.EndedRun() with { Status = "failed" }, SampleFacts.ClosedPhase("second")], CancellationToken.None);

        results.Select(result => result.Disposition).ShouldBe([FactDisposition.Rejected, FactDisposition.Created]);
    }

    [Test]
    public async Task WriteAsync_the_recorded_run_is_stated_again_takes_its_phases_again()
    {
        var results = await _database.Store.WriteAsync(
            [OtherRuns[0], SampleFacts.ClosedPhase("second"), SampleFacts.Run(), SampleFacts.ClosedPhase("third")], CancellationToken.None);

        results.Select(result => result.Disposition)
            .ShouldBe([FactDisposition.Rejected, FactDisposition.Rejected, FactDisposition.Unchanged, FactDisposition.Created]);
    }

    [Test]
    public async Task WriteAsync_batches_of_several_callers_are_held_apart()
    {
        var results = await _database.Store.WriteAsync(
            [
                StoreCalls.Batch(OtherRuns[0], SampleFacts.ClosedPhase("second")),
                StoreCalls.Batch(SampleFacts.ClosedPhase("third")),
            ],
            CancellationToken.None);

        results.Select(ofBatch => ofBatch[^1].Disposition).ShouldBe([FactDisposition.Rejected, FactDisposition.Created]);
    }

    [Test]
    public async Task WriteAsync_a_project_without_access_does_not_let_its_phases_into_another()
    {
        var batch = new FactBatch([OtherRuns[0], SampleFacts.ClosedPhase("second")], ProjectAccess.Only(["bop"]), TestDatabase.Now);

        var results = await _database.Store.WriteAsync(batch, CancellationToken.None);

        results.Select(result => result.Rejection!.Reason).ShouldBe([FactRejectionReason.UnknownProject, FactRejectionReason.Conflict]);
    }

    [Test]
    public async Task StartRunAsync_the_id_of_another_run_records_nothing_of_it_and_counts_each_call_once()
    {
        var before = _database.Dump();
        var log = new LogLines<RunMetricsRecorder>();
        await using var recorder = new RunMetricsRecorder(_database.Store, logger: log);

        await using (var run = await recorder.StartRunAsync("other", "032", "run-1"))
        {
            await using var phase = await run.BeginPhaseAsync(RunPhase.Builder);
            await phase.CompleteAsync(PhaseOutcome.Success);
            await run.CompleteAsync(RunStatus.Succeeded);
        }

        _database.Dump().ShouldBe(before);
        recorder.FailedCalls.ShouldBe(4);
        log.All.Count.ShouldBe(4);
        log.All[1].ShouldContain("the recorded run of this id is another");
    }
}
