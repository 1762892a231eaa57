using NUnit.Framework;
using RunMetrics.Domain.Facts;
using RunMetrics.Domain.Recording;
using RunMetrics.Domain.Runs;
using RunMetrics.Domain.Storage;
using RunMetrics.Domain.Vocabulary;
using RunMetrics.Tests.Support;
using Shouldly;

namespace RunMetrics.Tests.Data.Storage;

/// <summary>Two runs under one id: nothing of the second may count as the first.</summary>
public sealed class RunIdUsedTwiceTests
{
    private const string OtherRun = "run_id is 'run-1'; accepted: the id of the run stated with this phase; the recorded run of this id is another.";

    private TestDatabase _database = null!;

    [SetUp]
    public async Task RecordTheFirstRunAsync()
    {
        _database = await TestDatabase.CreateAsync();
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
    public async Task WriteAsync_phasesStatedWithAnotherRun_areRefusedWithItsReason(RunFact other)
    {
        var before = _database.Dump();

        var results = await _database.Store.WriteAsync(
            [other, SampleFacts.ClosedPhase("second"), SampleFacts.ClosedPhase("first") with { Outcome = null }], CancellationToken.None);

        results.ShouldAllBe(result => result.Rejection!.Reason == FactRejectionReason.Conflict);
        results.Skip(1).Select(result => result.Rejection!.Message).ShouldBe([OtherRun, OtherRun]);
        _database.Dump().ShouldBe(before);
    }

    [Test]
    public async Task WriteAsync_theRunOnlyEndedDifferently_isTheSameRun()
    {
        await _database.Store.WriteAsync([SampleFacts.EndedRun()], CancellationToken.None);

        var results = await _database.Store.WriteAsync(
            [SampleFacts.EndedRun() with { Status = "failed" }, SampleFacts.ClosedPhase("second")], CancellationToken.None);

        results.Select(result => result.Disposition).ShouldBe([FactDisposition.Rejected, FactDisposition.Created]);
    }

    [Test]
    public async Task WriteAsync_theRecordedRunIsStatedAgain_takesItsPhasesAgain()
    {
        var results = await _database.Store.WriteAsync(
            [OtherRuns[0], SampleFacts.ClosedPhase("second"), SampleFacts.Run(), SampleFacts.ClosedPhase("third")], CancellationToken.None);

        results.Select(result => result.Disposition)
            .ShouldBe([FactDisposition.Rejected, FactDisposition.Rejected, FactDisposition.Unchanged, FactDisposition.Created]);
    }

    [Test]
    public async Task WriteAsync_batchesOfSeveralCallers_areHeldApart()
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
    public async Task WriteAsync_aProjectWithoutAccess_doesNotLetItsPhasesIntoAnother()
    {
        var batch = new FactBatch([OtherRuns[0], SampleFacts.ClosedPhase("second")], ProjectAccess.Only(["bop"]), TestDatabase.Now);

        var results = await _database.Store.WriteAsync(batch, CancellationToken.None);

        results.Select(result => result.Rejection!.Reason).ShouldBe([FactRejectionReason.UnknownProject, FactRejectionReason.Conflict]);
    }

    [Test]
    public async Task StartRunAsync_theIdOfAnotherRun_recordsNothingOfItAndCountsEachCallOnce()
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
