using NUnit.Framework;
using RunMetrics.Domain.Facts;
using RunMetrics.Domain.Storage;
using RunMetrics.Tests.Support;
using Shouldly;

namespace RunMetrics.Tests.Domain.Recording;

public sealed class FailingStoreTests
{
    private static readonly TimeSpan Millisecond = TimeSpan.FromMilliseconds(1);

    private RecorderRig _rig = null!;
    private RunRecording _run = null!;
    private PhaseRecording _phase = null!;

    /// <summary>Every call that asks the store.</summary>
    private static readonly string[] Calls = ["start", "resume", "begin", "complete phase", "dispose phase", "complete run", "dispose run", "record"];

    [SetUp]
    public async Task BeginPhaseAsync()
    {
        _rig = await RecorderRig.CreateAsync();
        _run = await _rig.Recorder.StartRunAsync("bop", "032", "run-1");
        _phase = await _run.BeginPhaseAsync(RunPhase.Setup);
    }

    [TearDown]
    public async Task DisposeRigAsync()
    {
        _rig.Store.Recover();
        await _rig.DisposeAsync();
    }

    [TestCaseSource(nameof(Calls))]
    public async Task AnyCall_a_store_that_hangs_costs_two_seconds_by_default(string name)
    {
        _rig.Store.Hang();
        var call = CallAsync(name);

        _rig.Clock.Advance(TimeSpan.FromSeconds(2) - Millisecond);
        call.IsCompleted.ShouldBeFalse();
        _rig.Clock.Advance(Millisecond);

        await Eventually.TrueAsync(() => call.IsCompleted);
        await call;
        _rig.Store.Hangs.ShouldBeTrue();
        _rig.Recorder.FailedCalls.ShouldBeGreaterThan(0);
        _rig.Log.All.Count.ShouldBe((int)_rig.Recorder.FailedCalls);
    }

    [TestCaseSource(nameof(Calls))]
    public async Task AnyCall_a_store_that_fails_throws_nothing_and_is_logged_once_a_failure(string name)
    {
        _rig.Store.Failure = _ => new IOException("The disk is gone.");

        await CallAsync(name);

        // A resumption asks twice: for what is recorded, and to be recorded.
        var failures = name == "resume" ? 2 : 1;
        _rig.Recorder.FailedCalls.ShouldBe(failures);
        _rig.Log.All.Count.ShouldBe(failures);
        _rig.Log.All.ShouldAllBe(line => line.StartsWith("Warning: RunMetrics could not record ") && line.EndsWith(": The disk is gone."));
        $"Warning: {_rig.Recorder.LastFailure}".ShouldBe(_rig.Log.All[^1]);
    }

    [Test]
    public async Task BeginPhaseAsync_a_bound_of_its_own_is_kept()
    {
        await using var rig = await RecorderRig.CreateAsync(new RunMetricsRecorderOptions { StoreTimeout = TimeSpan.FromMilliseconds(50) });
        rig.Store.Hang();
        var starting = rig.Recorder.StartRunAsync("bop", "032");

        rig.Clock.Advance(TimeSpan.FromMilliseconds(49));
        starting.IsCompleted.ShouldBeFalse();
        rig.Clock.Advance(Millisecond);

        await starting;
        rig.Log.All.ShouldHaveSingleItem().ShouldContain("the store did not answer within 00:00:00.0500000; the fact is still on its way");
    }

    [Test]
    public async Task AnyCall_a_store_that_hung_and_recovers_has_everything_stored_in_order()
    {
        _rig.Store.Hang();
        await GivenUpAsync(_phase.CompleteAsync(PhaseOutcome.Success));
        for (var iteration = 1; iteration <= 5; iteration++)
        {
            var beginning = _run.BeginPhaseAsync(RunPhase.Builder, iteration);
            await GivenUpAsync(beginning);
            await GivenUpAsync((await beginning).CompleteAsync(PhaseOutcome.Success));
        }

        await GivenUpAsync(_run.CompleteAsync(RunStatus.Succeeded));
        _rig.Phases().ShouldBe(["setup|1|NULL|0|NULL"]);

        _rig.Store.Recover();
        await _rig.Recorder.DisposeAsync();

        _rig.Phases().ShouldBe(["setup|1|success|1|NULL", .. Enumerable.Range(1, 5).Select(iteration => $"builder|{iteration}|success|1|NULL")]);
        _rig.Runs().ShouldBe(["run-1|succeeded|1"]);
        var builders = _rig.Store.Batches.SelectMany(batch => batch).OfType<PhaseMetricFact>().Where(fact => fact.Phase == "builder");
        builders.Select(fact => $"{fact.Iteration} {fact.Outcome}").ShouldBe(
            Enumerable.Range(1, 5).SelectMany(iteration => new[] { $"{iteration} ", $"{iteration} success" }));
        _rig.Recorder.FailedCalls.ShouldBe(12);
    }

    [Test]
    public async Task BeginPhaseAsync_more_waiting_facts_than_allowed_is_given_up_at_once()
    {
        await using var rig = await RecorderRig.CreateAsync(new RunMetricsRecorderOptions { MaxWaitingFacts = 4 });
        await using var run = await rig.Recorder.StartRunAsync("bop", "032");
        rig.Store.Hang();
        var taken = rig.Store.Batches.Count;
        var beingWritten = run.BeginPhaseAsync(RunPhase.Setup);
        await Eventually.TrueAsync(() => rig.Store.Batches.Count > taken);
        var waiting = new[] { run.BeginPhaseAsync(RunPhase.Builder), run.BeginPhaseAsync(RunPhase.Test) };

        // Each start states its run again, so four facts wait.
        await run.BeginPhaseAsync(RunPhase.Merge);

        waiting.Append(beingWritten).ShouldAllBe(call => !call.IsCompleted);
        rig.Recorder.FailedCalls.ShouldBe(1);
        rig.Log.All.ShouldHaveSingleItem().ShouldEndWith("4 facts wait to be written already; at most 4 may.");
        rig.Store.Recover();
        await Task.WhenAll(waiting.Append(beingWritten));
        rig.Phases().Select(row => row.Split('|')[0]).ShouldBe(["setup", "builder", "test"]);
    }

    [Test]
    public async Task BeginPhaseAsync_after_the_fact_of_its_run_was_lost_stores_the_run_too()
    {
        _rig.Store.Failure = _ => new StoreUnavailableException("The disk is full.");
        await using var run = await _rig.Recorder.StartRunAsync("bop", "033", "run-2");
        var lost = await run.BeginPhaseAsync(RunPhase.Setup);
        _rig.Store.Failure = _ => null;
        _rig.Clock.Advance(TimeSpan.FromMinutes(1));

        await using var phase = await run.BeginPhaseAsync(RunPhase.Builder);

        _rig.Database.Rows("SELECT work_order_id, status, started_at FROM runs WHERE id = 'run-2'").ShouldBe(["033|running|2026-01-12T10:00:00.123Z"]);
        await lost.CompleteAsync(PhaseOutcome.Success);
        _rig.Database.Rows("SELECT phase, outcome, duration_seconds FROM run_phase_metrics WHERE run_id = 'run-2' ORDER BY rowid")
            .ShouldBe(["builder|NULL|NULL", "setup|success|60"]);
    }

    [Test]
    public async Task CompleteAsync_a_database_locked_by_another_program_costs_the_bound_and_is_stored_later()
    {
        await using var connection = SqliteTestDatabase.OpenForeign(_rig.Database.FilePath);
        var transaction = connection.BeginTransaction();
        var completing = _phase.CompleteAsync(PhaseOutcome.Success);

        _rig.Clock.Advance(TimeSpan.FromSeconds(2));

        await completing;
        _rig.Phases().ShouldBe(["setup|1|NULL|0|NULL"]);
        _rig.Recorder.FailedCalls.ShouldBe(1);
        await transaction.RollbackAsync();
        await transaction.DisposeAsync();
        await _rig.Recorder.DisposeAsync();
        _rig.Phases().ShouldBe(["setup|1|success|1|NULL"]);
    }

    [Test]
    public async Task CompleteAsync_a_fact_lost_after_its_call_was_given_up_is_logged()
    {
        _rig.Store.Hang();
        await GivenUpAsync(_phase.CompleteAsync(PhaseOutcome.Success));
        _rig.Store.Failure = _ => new IOException("The disk is gone.");

        _rig.Store.Recover();

        await Eventually.TrueAsync(() => _rig.Log.All.Count == 2);
        _rig.Log.All[1].ShouldBe($"Warning: RunMetrics could not record phase metric {_phase.Id}: The disk is gone.");
        _rig.Recorder.FailedCalls.ShouldBe(1);
    }

    [Test]
    public async Task BeginPhaseAsync_a_store_that_throws_a_timeout_is_not_called_on_its_way()
    {
        _rig.Store.Failure = _ => new TimeoutException("The server is slow.");

        await _run.BeginPhaseAsync(RunPhase.Builder);

        _rig.Log.All.ShouldHaveSingleItem().ShouldEndWith(": The server is slow.");
    }

    [Test]
    public async Task StartRunAsync_a_run_that_contradicts_the_recorded_one_is_logged_and_not_thrown()
    {
        await using var run = await _rig.Recorder.StartRunAsync("another", "032", "run-1");

        _rig.Recorder.FailedCalls.ShouldBe(1);
        _rig.Log.All.ShouldHaveSingleItem().ShouldBe(
            "Warning: RunMetrics could not record run run-1: project_id is 'another'; accepted: 'bop', as recorded.");
    }

    [Test]
    public async Task RecordPhaseAsync_a_run_that_nobody_recorded_is_logged_and_not_thrown()
    {
        await _rig.Recorder.RecordPhaseAsync("unknown", RunPhase.Test, 1, PhaseOutcome.Success, _rig.Clock.GetUtcNow());

        _rig.Log.All.ShouldHaveSingleItem().ShouldEndWith("run_id is 'unknown'; accepted: the id of a recorded run.");
    }

    [Test]
    public async Task ResumeRunAsync_a_store_that_does_not_say_when_the_run_started_contradicts_nothing()
    {
        _rig.Store.Hang();
        var resuming = _rig.Recorder.ResumeRunAsync("run-1", "bop", "032");
        await GivenUpAsync(resuming);
        _rig.Store.Recover();
        _rig.Clock.Advance(TimeSpan.FromMinutes(1));
        var failed = _rig.Recorder.FailedCalls;

        await (await resuming).CompleteAsync(RunStatus.Succeeded);

        _rig.Database.Rows("SELECT started_at, status FROM runs").ShouldBe(["2026-01-12T10:00:00.123Z|succeeded"]);
        _rig.Recorder.FailedCalls.ShouldBe(failed);
    }

    [Test]
    public async Task DisposeAsync_a_store_that_hangs_waits_no_longer_than_the_bound()
    {
        _rig.Store.Hang();
        await GivenUpAsync(_phase.CompleteAsync(PhaseOutcome.Success));
        var disposing = _rig.Recorder.DisposeAsync().AsTask();

        _rig.Clock.Advance(TimeSpan.FromSeconds(2) - Millisecond);
        disposing.IsCompleted.ShouldBeFalse();
        _rig.Clock.Advance(Millisecond);

        await disposing;
        _rig.Store.Hangs.ShouldBeTrue();
        _rig.Log.All[^1].ShouldBe("Warning: RunMetrics could not record the facts still on their way: the store did not take them within 00:00:02");
    }

    [Test]
    public async Task BeginPhaseAsync_a_recorder_that_is_disposed_is_logged_and_not_thrown()
    {
        await _rig.Recorder.DisposeAsync();

        await _run.BeginPhaseAsync(RunPhase.Builder);

        _rig.Log.All.ShouldHaveSingleItem().ShouldEndWith(": The store is shutting down.");
    }

    private Task CallAsync(string name) => name switch
    {
        "start" => _rig.Recorder.StartRunAsync("bop", "032", "run-2"),
        "resume" => _rig.Recorder.ResumeRunAsync("run-1", "bop", "032"),
        "begin" => _run.BeginPhaseAsync(RunPhase.Builder),
        "complete phase" => _phase.CompleteAsync(PhaseOutcome.Success),
        "dispose phase" => _phase.DisposeAsync().AsTask(),
        "complete run" => _run.CompleteAsync(RunStatus.Succeeded),
        "dispose run" => _run.DisposeAsync().AsTask(),
        "record" => _rig.Recorder.RecordPhaseAsync("run-1", RunPhase.Test, 1, PhaseOutcome.Success, _rig.Clock.GetUtcNow()),
        _ => throw new ArgumentOutOfRangeException(nameof(name), name, "No such call."),
    };

    /// <summary>Lets the bound of a call pass.</summary>
    private async Task GivenUpAsync(Task call)
    {
        call.IsCompleted.ShouldBeFalse();
        _rig.Clock.Advance(TimeSpan.FromSeconds(2));
        await Eventually.TrueAsync(() => call.IsCompleted);
        await call;
    }
}
