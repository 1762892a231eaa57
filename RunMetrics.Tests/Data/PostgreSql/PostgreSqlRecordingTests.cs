using NUnit.Framework;
using RunMetrics.Tests.Support;
using Shouldly;

namespace RunMetrics.Tests.Data.PostgreSql;

/// <summary>A recorder that writes to a PostgreSQL server itself, which goes away in the midst of a run.</summary>
public sealed class PostgreSqlRecordingTests
{
    [Test]
    public async Task Recorder_whose_server_goes_away_and_comes_back_breaks_nothing_and_records_on()
    {
        using var server = await PostgreSqlServer.StartAsync("fsync=off");
        await server.ExecuteAsync("CREATE DATABASE runs");
        await using var recorder = await RunMetricsRecorder.OpenAsync(server.ConnectionStringOf("runs"));
        await using var run = await recorder.StartRunAsync("bop", "032");
        await using (var before = await run.BeginPhaseAsync(RunPhase.Setup))
        {
            await before.CompleteAsync(PhaseOutcome.Success);
        }

        await server.KillAsync();
        await using (var lost = await run.BeginPhaseAsync(RunPhase.Builder))
        {
            await lost.CompleteAsync(PhaseOutcome.Success);
        }

        var failure = recorder.LastFailure;
        await server.StartAgainAsync();
        await using (var after = await run.BeginPhaseAsync(RunPhase.Test))
        {
            await after.CompleteAsync(PhaseOutcome.Success);
        }

        await run.CompleteAsync(RunStatus.Succeeded);

        failure.ShouldNotBeNull().ShouldContain("cannot be used now");
        await ShouldExistAsync(server, "runs WHERE status = 'succeeded'");
        await ShouldExistAsync(server, "run_phase_metrics WHERE phase = 'setup' AND outcome = 'success'");
        await ShouldExistAsync(server, "run_phase_metrics WHERE phase = 'test' AND outcome = 'success'");
    }

    private static Task ShouldExistAsync(PostgreSqlServer server, string rows) => Should.NotThrowAsync(
        () => server.ExecuteAsync($"DO $$ BEGIN IF NOT EXISTS (SELECT FROM {rows}) THEN RAISE 'there is none'; END IF; END $$", "runs"));
}
