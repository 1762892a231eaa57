using System.Text.Json.Nodes;
using NUnit.Framework;
using RunMetrics.Tests.Support;
using Shouldly;

namespace RunMetrics.Tests.Domain.Recording;

public sealed class RecordingScopesTests
{
    private RecorderRig _rig = null!;

    private static object[] MetadataOfAnyKind =>
    [
        new { tests = 3 },
        new Dictionary<string, int>(StringComparer.Ordinal) { ["tests"] = 3 },
        SampleFacts.Json("""{"tests":3}"""),
        new JsonObject { ["tests"] = 3 },
    ];

    [SetUp]
    public async Task CreateRigAsync() => _rig = await RecorderRig.CreateAsync();

    [TearDown]
    public async Task DisposeRigAsync() => await _rig.DisposeAsync();

    [Test]
    public async Task StartRunAsync_with_labels_states_them_with_every_fact_of_the_run()
    {
        var labels = new Dictionary<string, string>(StringComparer.Ordinal) { ["model"] = "opus", ["agent"] = "coder" };
        var run = await _rig.Recorder.StartRunAsync("bop", "032", "run-1", labels);
        labels["model"] = "changed by its owner";

        await run.CompleteAsync(RunStatus.Succeeded);
        await using var resumed = await _rig.Recorder.ResumeRunAsync("run-2", "bop", "032", new Dictionary<string, string>(StringComparer.Ordinal) { ["size"] = "s" });

        _rig.Database.Rows("SELECT run_id, name, value FROM run_labels ORDER BY 1, 2").ShouldBe(["run-1|agent|coder", "run-1|model|opus", "run-2|size|s"]);
    }

    [Test]
    public async Task StartRunAsync_with_a_label_that_is_not_acceptable_throws()
    {
        var labels = new Dictionary<string, string>(StringComparer.Ordinal) { ["my model"] = "opus" };

        var mistake = await Should.ThrowAsync<ArgumentException>(() => _rig.Recorder.StartRunAsync("bop", "032", labels: labels));

        mistake.Message.ShouldContain("labels is 'my model'; accepted: names of 1 to 128");
    }

    [Test]
    public async Task StartRunAsync_a_whole_run_is_stored_as_it_happened()
    {
        await using (var run = await _rig.Recorder.StartRunAsync("acme/shop", "wo-7", "run-1"))
        {
            await PhaseAsync(run, RunPhase.Setup, 1, PhaseOutcome.Success, 60);
            await PhaseAsync(run, RunPhase.Reviewer, 1, PhaseOutcome.ChangesRequested, 90);
            await PhaseAsync(run, RunPhase.Reviewer, 2, PhaseOutcome.Approved, 30);
            await run.CompleteAsync(RunStatus.Succeeded);
        }

        _rig.Database.Rows("SELECT * FROM runs").ShouldBe(
            ["run-1|acme/shop|wo-7|succeeded|2|2026-01-12T10:00:00.123Z|2026-01-12T10:03:00.123Z"]);
        _rig.Database.Rows("SELECT run_id, phase, iteration, started_at, ended_at, duration_seconds, outcome FROM run_phase_metrics ORDER BY rowid")
            .ShouldBe(
            [
                "run-1|setup|1|2026-01-12T10:00:00.123Z|2026-01-12T10:01:00.123Z|60|success",
                "run-1|reviewer|1|2026-01-12T10:01:00.123Z|2026-01-12T10:02:30.123Z|90|changes_requested",
                "run-1|reviewer|2|2026-01-12T10:02:30.123Z|2026-01-12T10:03:00.123Z|30|approved",
            ]);
        _rig.Recorder.FailedCalls.ShouldBe(0);
    }

    [Test]
    public async Task StartRunAsync_without_an_id_makes_a_version7_uuid()
    {
        await using var run = await _rig.Recorder.StartRunAsync("bop", "032");

        Guid.Parse(run.Id).Version.ShouldBe(7);
        _rig.Runs().ShouldBe([$"{run.Id}|running|0"]);
    }

    [Test]
    public async Task BeginPhaseAsync_before_the_phase_ends_is_stored_as_open()
    {
        await using var run = await _rig.Recorder.StartRunAsync("bop", "032", "run-1");

        await using var phase = await run.BeginPhaseAsync(RunPhase.Builder, iteration: 2);

        _rig.Phases().ShouldBe(["builder|2|NULL|0|NULL"]);
        _rig.Runs().ShouldBe(["run-1|running|0"]);
    }

    [Test]
    public async Task BeginPhaseAsync_cancelled_while_it_waits_leaves_no_phase_open()
    {
        await using var run = await _rig.Recorder.StartRunAsync("bop", "032");
        using var cancellation = new CancellationTokenSource();
        _rig.Store.Hang();
        var beginning = run.BeginPhaseAsync(RunPhase.Builder, cancellationToken: cancellation.Token);

        await cancellation.CancelAsync();

        await Should.ThrowAsync<OperationCanceledException>(beginning);
        _rig.Store.Recover();
        await run.CompleteAsync(RunStatus.Cancelled);
        _rig.Phases().ShouldBe(["builder|1|failed|1|{\"reason\":\"no_outcome\"}"]);
    }

    [Test]
    public async Task StartRunAsync_cancelled_while_it_waits_leaves_no_run_running()
    {
        using var cancellation = new CancellationTokenSource();
        _rig.Store.Hang();
        var starting = _rig.Recorder.StartRunAsync("bop", "032", "run-1", cancellationToken: cancellation.Token);

        await cancellation.CancelAsync();

        await Should.ThrowAsync<OperationCanceledException>(starting);
        _rig.Store.Recover();
        await _rig.Recorder.DisposeAsync();
        _rig.Runs().ShouldBe(["run-1|failed|1"]);
    }

    [TestCaseSource(nameof(MetadataOfAnyKind))]
    public async Task CompleteAsync_metadata_that_is_an_object_is_stored(object metadata)
    {
        await using var run = await _rig.Recorder.StartRunAsync("bop", "032");
        await using var phase = await run.BeginPhaseAsync(RunPhase.Test);

        await phase.CompleteAsync(PhaseOutcome.Success, metadata);

        _rig.Phases().ShouldBe(["test|1|success|1|{\"tests\":3}"]);
    }

    [Test]
    public async Task CompleteAsync_the_same_outcome_again_changes_nothing()
    {
        await using var run = await _rig.Recorder.StartRunAsync("bop", "032");
        await using var phase = await run.BeginPhaseAsync(RunPhase.Test);
        await phase.CompleteAsync(PhaseOutcome.Success);
        await run.CompleteAsync(RunStatus.Succeeded);
        var before = _rig.Database.Dump();
        _rig.Clock.Advance(TimeSpan.FromMinutes(1));

        await phase.CompleteAsync(PhaseOutcome.Success, new { late = true });
        await run.CompleteAsync(RunStatus.Succeeded);

        _rig.Database.Dump().ShouldBe(before);
    }

    [Test]
    public async Task DisposeAsync_phase_and_run_left_by_return_are_recorded_as_failed()
    {
        await using (var run = await _rig.Recorder.StartRunAsync("bop", "032", "run-1"))
        {
            await using var phase = await run.BeginPhaseAsync(RunPhase.Builder);
        }

        _rig.Phases().ShouldBe(["builder|1|failed|1|{\"reason\":\"no_outcome\"}"]);
        _rig.Runs().ShouldBe(["run-1|failed|1"]);
    }

    [TestCase(false)]
    [TestCase(true)]
    public async Task DisposeAsync_phase_left_by_an_exception_never_hides_it(bool storeFails)
    {
        var thrown = new InvalidOperationException("The build is broken.");

        var caught = await Should.ThrowAsync<InvalidOperationException>(async () =>
        {
            await using var run = await _rig.Recorder.StartRunAsync("bop", "032", "run-1");
            await using var phase = await run.BeginPhaseAsync(RunPhase.Builder);
            _rig.Store.Failure = _ => storeFails ? new IOException("The disk is gone.") : null;
            throw thrown;
        });

        caught.ShouldBeSameAs(thrown);
        _rig.Phases().ShouldBe([storeFails ? "builder|1|NULL|0|NULL" : "builder|1|failed|1|{\"reason\":\"no_outcome\"}"]);
    }

    [Test]
    public async Task DisposeAsync_again_changes_nothing()
    {
        var run = await _rig.Recorder.StartRunAsync("bop", "032");
        var completed = await run.BeginPhaseAsync(RunPhase.Setup);
        await completed.CompleteAsync(PhaseOutcome.Success);
        var left = await run.BeginPhaseAsync(RunPhase.Builder);
        await left.DisposeAsync();
        await run.DisposeAsync();
        var before = _rig.Database.Dump();
        _rig.Clock.Advance(TimeSpan.FromMinutes(1));

        await completed.DisposeAsync();
        await left.DisposeAsync();
        await run.DisposeAsync();

        _rig.Database.Dump().ShouldBe(before);
        _rig.Phases().ShouldBe(["setup|1|success|1|NULL", "builder|1|failed|1|{\"reason\":\"no_outcome\"}"]);
    }

    [Test]
    public async Task RecordPhaseAsync_a_finished_phase_is_stored_up_to_now()
    {
        await using var run = await _rig.Recorder.StartRunAsync("bop", "032", "run-1");
        var startedAt = _rig.Clock.GetUtcNow().ToOffset(TimeSpan.FromHours(2));
        _rig.Clock.Advance(TimeSpan.FromSeconds(90.5));

        await _rig.Recorder.RecordPhaseAsync("run-1", RunPhase.Test, 3, PhaseOutcome.Failed, startedAt, new { exit_code = 1 });

        _rig.Database.Rows("SELECT run_id, phase, iteration, started_at, ended_at, duration_seconds, outcome, metadata FROM run_phase_metrics").ShouldBe(
            ["run-1|test|3|2026-01-12T10:00:00.123Z|2026-01-12T10:01:30.623Z|91|failed|{\"exit_code\":1}"]);
        _rig.Database.Rows("SELECT iteration FROM runs").ShouldBe(["3"]);
    }

    private async Task PhaseAsync(RunRecording run, RunPhase name, int iteration, PhaseOutcome outcome, int seconds)
    {
        await using var phase = await run.BeginPhaseAsync(name, iteration);
        _rig.Clock.Advance(TimeSpan.FromSeconds(seconds));
        await phase.CompleteAsync(outcome);
    }
}
