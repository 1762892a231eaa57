using System.Globalization;
using NUnit.Framework;
using RunMetrics.Tests.Support;
using Shouldly;

namespace RunMetrics.Tests.Domain.Recording;

public sealed class ParallelRecordingTests
{
    private const int Runs = 8;
    private const int PhasesOfARun = 6;

    private RecorderRig _rig = null!;

    [SetUp]
    public async Task CreateRigAsync() => _rig = await RecorderRig.CreateAsync();

    [TearDown]
    public async Task DisposeRigAsync() => await _rig.DisposeAsync();

    [Test]
    public async Task StartRunAsync_runs_and_phases_in_parallel_are_all_stored()
    {
        await Parallel.ForAsync(0, Runs, async (number, _) =>
        {
            await using var run = await _rig.Recorder.StartRunAsync("bop", "032", $"run-{number}", cancellationToken: CancellationToken.None);
            await Task.WhenAll(Enumerable.Range(1, PhasesOfARun).Select(iteration => Task.Run(async () =>
            {
                await using var phase = await run.BeginPhaseAsync(RunPhase.Builder, iteration);
                await phase.CompleteAsync(PhaseOutcome.Success, new { number });
            })));
            await run.CompleteAsync(RunStatus.Succeeded, CancellationToken.None);
        });

        _rig.Runs().ShouldBe(Enumerable.Range(0, Runs).Select(number => $"run-{number}|succeeded|1"));
        _rig.Database.Rows("SELECT run_id, iteration, outcome, metadata ->> 'number' FROM run_phase_metrics ORDER BY run_id, iteration").ShouldBe(
            from number in Enumerable.Range(0, Runs)
            from iteration in Enumerable.Range(1, PhasesOfARun)
            select string.Create(CultureInfo.InvariantCulture, $"run-{number}|{iteration}|success|{number}"));
        _rig.Recorder.FailedCalls.ShouldBe(0);
    }

    [Test]
    public async Task BeginPhaseAsync_a_phase_within_another_measures_each()
    {
        await using var run = await _rig.Recorder.StartRunAsync("bop", "032");
        await using (var outer = await run.BeginPhaseAsync(RunPhase.Builder))
        {
            _rig.Clock.Advance(TimeSpan.FromSeconds(10));
            await using (var inner = await run.BeginPhaseAsync(RunPhase.Test))
            {
                _rig.Clock.Advance(TimeSpan.FromSeconds(20));
                await inner.CompleteAsync(PhaseOutcome.Failed);
            }

            _rig.Clock.Advance(TimeSpan.FromSeconds(30));
            await outer.CompleteAsync(PhaseOutcome.Success);
        }

        _rig.Database.Rows("SELECT phase, duration_seconds, outcome FROM run_phase_metrics ORDER BY rowid")
            .ShouldBe(["builder|60|success", "test|20|failed"]);
    }
}
