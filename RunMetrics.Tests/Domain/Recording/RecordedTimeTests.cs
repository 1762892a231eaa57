using CsCheck;
using NUnit.Framework;
using RunMetrics.Domain.Facts;
using RunMetrics.Tests.Support;
using Shouldly;

namespace RunMetrics.Tests.Domain.Recording;

public sealed class RecordedTimeTests
{
    private const long TicksPerMillisecond = TimeSpan.TicksPerMillisecond;

    private static readonly Gen<TimeSpan> Elapsed = Gen.OneOf(
        Gen.Select(Gen.Long[0, 100_000], Gen.Long[0, 2], (halves, beside) => Math.Max(0, (halves * TimeSpan.TicksPerSecond / 2) + beside - 1)),
        Gen.Long[0, 40 * TimeSpan.TicksPerDay]).Select(ticks => new TimeSpan(ticks));

    private static readonly Gen<TimeSpan> Step =
        Gen.Long[-90 * TimeSpan.TicksPerDay, 90 * TimeSpan.TicksPerDay].Select(ticks => new TimeSpan(ticks));

    private RecorderRig _rig = null!;

    [SetUp]
    public async Task CreateRigAsync() => _rig = await RecorderRig.CreateAsync();

    [TearDown]
    public async Task DisposeRigAsync() => await _rig.DisposeAsync();

    [Test]
    public Task CompleteAsync_any_elapsed_time_and_any_steps_of_the_clock_stores_the_elapsed_time() =>
        Gen.Select(Elapsed, Elapsed, Step, Step).SampleAsync(
            async (beforePhase, inPhase, stepBeforePhase, stepInPhase) =>
            {
                _rig.Database.Clear();
                var runStart = Cut(_rig.Clock.GetUtcNow());
                await using var run = await _rig.Recorder.StartRunAsync("bop", "032");
                _rig.Clock.Advance(beforePhase);
                _rig.Clock.Step(stepBeforePhase);
                var phaseStart = Cut(_rig.Clock.GetUtcNow());
                await using var phase = await run.BeginPhaseAsync(RunPhase.Builder);
                _rig.Clock.Advance(inPhase);
                _rig.Clock.Step(stepInPhase);

                await phase.CompleteAsync(PhaseOutcome.Success);
                await run.CompleteAsync(RunStatus.Succeeded);

                var seconds = Math.Round((decimal)inPhase.Ticks / TimeSpan.TicksPerSecond, MidpointRounding.AwayFromZero);
                _rig.Database.Rows("SELECT started_at, ended_at, duration_seconds FROM run_phase_metrics")
                    .ShouldBe([$"{Text(phaseStart)}|{Text(phaseStart + inPhase)}|{seconds}"]);
                _rig.Database.Rows("SELECT started_at, ended_at FROM runs")
                    .ShouldBe([$"{Text(runStart)}|{Text(runStart + beforePhase + inPhase)}"]);
                _rig.Recorder.FailedCalls.ShouldBe(0);
                _rig.Clock.Step(-stepBeforePhase - stepInPhase);
            },
            iter: 100,
            threads: 1);

    [Test]
    public async Task BeginPhaseAsync_after_the_clock_was_set_back_by_days_still_records()
    {
        await using var run = await _rig.Recorder.StartRunAsync("bop", "032", "run-1");
        _rig.Clock.Step(TimeSpan.FromDays(-3));

        await using (var phase = await run.BeginPhaseAsync(RunPhase.Builder))
        {
            _rig.Clock.Step(TimeSpan.FromDays(-3));
            _rig.Clock.Advance(TimeSpan.FromSeconds(5));
            await phase.CompleteAsync(PhaseOutcome.Success);
        }

        await run.CompleteAsync(RunStatus.Succeeded);
        _rig.Database.Rows("SELECT started_at, ended_at, duration_seconds, outcome FROM run_phase_metrics")
            .ShouldBe(["2026-01-09T10:00:00.123Z|2026-01-09T10:00:05.123Z|5|success"]);
        _rig.Runs().ShouldBe(["run-1|succeeded|1"]);
        _rig.Recorder.FailedCalls.ShouldBe(0);
    }

    [Test]
    public async Task CompleteAsync_a_resumed_run_before_its_start_by_the_clock_ends_not_before_it_started()
    {
        var dead = await _rig.Recorder.StartRunAsync("bop", "032", "run-1");
        _rig.Clock.Step(TimeSpan.FromDays(-3));
        await using var run = await _rig.Recorder.ResumeRunAsync(dead.Id, "bop", "032");
        _rig.Clock.Advance(TimeSpan.FromSeconds(7));

        await run.CompleteAsync(RunStatus.Succeeded);

        _rig.Database.Rows("SELECT started_at, ended_at, status FROM runs").ShouldBe(
            ["2026-01-12T10:00:00.123Z|2026-01-12T10:00:07.123Z|succeeded"]);
    }

    [Test]
    public async Task RecordPhaseAsync_a_clock_set_back_since_the_phase_started_stores_no_negative_duration()
    {
        await using var run = await _rig.Recorder.StartRunAsync("bop", "032", "run-1");
        var startedAt = _rig.Clock.GetUtcNow();
        _rig.Clock.Step(TimeSpan.FromHours(-1));

        await _rig.Recorder.RecordPhaseAsync("run-1", RunPhase.Test, 1, PhaseOutcome.Success, startedAt);

        _rig.Database.Rows("SELECT started_at, ended_at, duration_seconds FROM run_phase_metrics")
            .ShouldBe(["2026-01-12T10:00:00.123Z|2026-01-12T10:00:00.123Z|0"]);
    }

    private static DateTimeOffset Cut(DateTimeOffset instant) => instant.AddTicks(-(instant.Ticks % TicksPerMillisecond));

    private static string Text(DateTimeOffset instant) => Instants.Format(instant);
}
