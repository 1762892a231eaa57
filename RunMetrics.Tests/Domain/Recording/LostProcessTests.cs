using System.Text.Json;
using NUnit.Framework;
using RunMetrics.Tests.Support;
using RunMetrics.Tests.Support.ChildCommands;
using Shouldly;

namespace RunMetrics.Tests.Domain.Recording;

public sealed class LostProcessTests
{
    private const string Phases = "SELECT phase, iteration, outcome, ended_at, duration_seconds, metadata FROM run_phase_metrics ORDER BY rowid";

    [Test]
    public async Task ResumeRunAsync_after_the_process_was_killed_in_a_phase_closes_the_phase_as_lost()
    {
        await using var database = await SqliteTestDatabase.CreateAsync();
        using var killed = ChildCommand.Start("record-and-wait", database.FilePath);
        await killed.WaitForOutputAsync(line => line == RecordCommand.InPhase);
        await killed.KillAsync();
        var run = database.Rows("SELECT * FROM runs").ShouldHaveSingleItem();
        var phases = database.Rows(Phases);
        phases.Count.ShouldBe(2);
        phases[0].ShouldStartWith("setup|1|success|20");
        phases[1].ShouldBe("builder|2|NULL|NULL|NULL|NULL");

        await using var recorder = new RunMetricsRecorder(database.Store);
        await using var resumed = await recorder.ResumeRunAsync(RecordCommand.RunId, "bop", "032");

        database.Rows(Phases).ShouldBe([phases[0], "builder|2|failed|NULL|NULL|{\"reason\":\"process_lost\"}"]);
        database.Rows("SELECT * FROM runs").ShouldBe([run]);
        await using (var phase = await resumed.BeginPhaseAsync(RunPhase.Builder, iteration: 2))
        {
            await phase.CompleteAsync(PhaseOutcome.Success);
        }

        await resumed.CompleteAsync(RunStatus.Succeeded);
        database.Rows("SELECT id, status, iteration FROM runs").ShouldBe([$"{RecordCommand.RunId}|succeeded|2"]);
        recorder.FailedCalls.ShouldBe(0);
    }

    [Test]
    public async Task ResumeRunAsync_again_changes_nothing()
    {
        await using var rig = await RecorderRig.CreateAsync();
        var dead = await rig.Recorder.StartRunAsync("bop", "032", "run-1");
        await dead.BeginPhaseAsync(RunPhase.Builder);
        rig.Clock.Advance(TimeSpan.FromMinutes(5));
        await rig.Recorder.ResumeRunAsync("run-1", "bop", "032");
        var before = rig.Database.Dump();

        await rig.Recorder.ResumeRunAsync("run-1", "bop", "032");

        rig.Database.Dump().ShouldBe(before);
        rig.Phases().ShouldBe([$$"""builder|1|failed|0|{{JsonSerializer.Serialize(new { reason = RecordingReasons.ProcessLost })}}"""]);
        rig.Recorder.FailedCalls.ShouldBe(0);
    }

    [Test]
    public async Task ResumeRunAsync_a_run_that_nobody_recorded_starts_it()
    {
        await using var rig = await RecorderRig.CreateAsync();

        await using var run = await rig.Recorder.ResumeRunAsync("run-1", "bop", "032");

        rig.Database.Rows("SELECT * FROM runs").ShouldBe(["run-1|bop|032|running|1|2026-01-12T10:00:00.123Z|NULL"]);
    }

    [Test]
    public async Task ResumeRunAsync_until_the_end_measures_the_run_from_its_first_start()
    {
        await using var rig = await RecorderRig.CreateAsync();
        await rig.Recorder.StartRunAsync("bop", "032", "run-1");
        rig.Clock.Advance(TimeSpan.FromMinutes(5));
        await using var run = await rig.Recorder.ResumeRunAsync("run-1", "bop", "032");
        rig.Clock.Advance(TimeSpan.FromMinutes(2));

        await run.CompleteAsync(RunStatus.Succeeded);

        rig.Database.Rows("SELECT started_at, ended_at FROM runs").ShouldBe(["2026-01-12T10:00:00.123Z|2026-01-12T10:07:00.123Z"]);
    }
}
