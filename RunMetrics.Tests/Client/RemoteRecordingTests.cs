using System.Net;
using System.Net.Sockets;
using NUnit.Framework;
using RunMetrics.Client;
using RunMetrics.Client.Spooling;
using RunMetrics.Domain.Facts;
using RunMetrics.Domain.Recording;
using RunMetrics.Domain.Runs;
using RunMetrics.Domain.Storage;
using RunMetrics.Domain.Vocabulary;
using RunMetrics.Tests.Support;
using RunMetrics.Tests.Support.ChildCommands;
using Shouldly;

namespace RunMetrics.Tests.Client;

/// <summary>Recording to a real API in another process, with processes killed in the middle.</summary>
public sealed class RemoteRecordingTests
{
    private TemporaryFolder _temporary = null!;
    private Uri _server = null!;

    private string Database => _temporary.File("runmetrics.db");

    private string SpoolFolder => _temporary.File("spool");

    [SetUp]
    public void ChooseAddress()
    {
        _temporary = new TemporaryFolder();

        // A port that is free now: the API has to come back under the same address.
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        _server = new Uri($"http://127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}");
    }

    [TearDown]
    public void RemoveFolder() => _temporary.Dispose();

    [Test]
    public async Task WriteAsync_facts_of_every_fate_are_answered_in_their_order_with_reasons_and_fields()
    {
        using var api = await StartApiAsync();
        using var store = HttpRunMetricsStore.Create(_server);
        await store.WriteAsync([SampleFacts.EndedRun("ended")], CancellationToken.None);

        var results = await store.WriteAsync(
            [
                SampleFacts.Run("a:b"),
                SampleFacts.OpenPhase("m.1", "a:b"),
                SampleFacts.EndedRun("ended") with { ProjectId = "other", Status = "failed" },
                SampleFacts.OpenPhase("m.2", "nobody"),
                SampleFacts.Run("early") with { StartedAt = SampleFacts.Start.AddYears(300) },
                SampleFacts.OpenPhase("m.3", "later"),
                SampleFacts.Run("later"),
                SampleFacts.Run("a:b") with { StartedAt = null },
                SampleFacts.Run(".."),
                SampleFacts.Run("..") with { ProjectId = "other" },
            ],
            CancellationToken.None);

        results.Select(result => result.Disposition).ShouldBe(
        [
            FactDisposition.Stored, FactDisposition.Stored, FactDisposition.Rejected, FactDisposition.Rejected, FactDisposition.Rejected,
            FactDisposition.Created, FactDisposition.Stored, FactDisposition.Stored, FactDisposition.Stored, FactDisposition.Rejected,
        ]);
        results[2].Rejection!.ShouldSatisfyAllConditions(
            rejection => rejection.Reason.ShouldBe(FactRejectionReason.Conflict),
            rejection => rejection.Errors.ShouldBe(
                [new FactError("project_id", "other", "'bop', as recorded"), new FactError("status", "failed", "'succeeded', as recorded")]));
        results[3].Rejection!.ShouldSatisfyAllConditions(
            rejection => rejection.Reason.ShouldBe(FactRejectionReason.UnknownRun),
            rejection => rejection.Errors.ShouldBe([new FactError("run_id", "nobody", "the id of a recorded run")]));
        results[4].Rejection!.ShouldSatisfyAllConditions(
            rejection => rejection.Reason.ShouldBe(FactRejectionReason.Invalid),
            rejection => rejection.Errors.Single().Field.ShouldBe("started_at"));
        results[9].Rejection!.Message.ShouldContain("as recorded");
    }

    [Test]
    public async Task WriteAsync_the_same_facts_again_are_unchanged()
    {
        using var api = await StartApiAsync();
        using var store = HttpRunMetricsStore.Create(_server);
        Fact[] facts = [SampleFacts.Run(), SampleFacts.ClosedPhase(), SampleFacts.EndedRun()];
        await store.WriteAsync(facts, CancellationToken.None);

        var results = await store.WriteAsync(facts, CancellationToken.None);

        results.ShouldBe([FactResult.Unchanged, FactResult.Unchanged, FactResult.Unchanged]);
    }

    [Test]
    public async Task FindRunAsync_recorded_run_is_read_back_and_deleted_run_is_not()
    {
        using var api = await StartApiAsync();
        using var store = HttpRunMetricsStore.Create(_server);
        var phase = SampleFacts.ClosedPhase() with { Metadata = SampleFacts.Json("""{"tests":12}""") };
        await store.WriteAsync([SampleFacts.Run(), phase], CancellationToken.None);

        var history = await store.FindRunAsync("run-1", ProjectAccess.All, CancellationToken.None);
        var deletedOutside = await store.DeleteRunAsync("run-1", ProjectAccess.Only(["other"]), CancellationToken.None);
        var deleted = await store.DeleteRunAsync("run-1", ProjectAccess.Only(["bop"]), CancellationToken.None);
        var deletedAgain = await store.DeleteRunAsync("run-1", ProjectAccess.All, CancellationToken.None);
        var gone = await store.FindRunAsync("run-1", ProjectAccess.All, CancellationToken.None);

        history!.Run.ShouldSatisfyAllConditions(
            run => run.ProjectId.ShouldBe("bop"), run => run.Status.ShouldBe(RunStatus.Running), run => run.StartedAt.ShouldBe(SampleFacts.Start));
        history.PhaseMetrics.Single().ShouldSatisfyAllConditions(
            metric => metric.DurationSeconds.ShouldBe(90), metric => metric.Metadata!.Value.GetProperty("tests").GetInt32().ShouldBe(12));
        (deletedOutside, deleted, deletedAgain).ShouldBe((false, true, false));
        gone.ShouldBeNull();
    }

    [Test]
    public async Task ResumeRunAsync_process_was_lost_the_phase_it_left_open_is_closed_over_http()
    {
        using var api = await StartApiAsync();
        using var store = HttpRunMetricsStore.Create(_server);
        await store.WriteAsync([SampleFacts.Run(), SampleFacts.OpenPhase()], CancellationToken.None);
        await using var recorder = NewRecorder(store);

        await using (var run = await recorder.ResumeRunAsync("run-1", "bop", "032"))
        {
            await run.CompleteAsync(RunStatus.Succeeded);
        }

        recorder.FailedCalls.ShouldBe(0);
        Rows("SELECT status FROM runs").ShouldBe(["succeeded"]);
        Rows("SELECT outcome, ended_at FROM run_phase_metrics").ShouldBe(["failed|NULL"]);
    }

    [Test]
    public async Task Recorder_api_is_killed_and_restarted_in_the_middle_every_fact_is_stored_exactly_once()
    {
        const int Runs = 30;
        var api = await StartApiAsync();
        using var http = HttpRunMetricsStore.Create(_server);
        await using var store = SpooledRunMetricsStore.Open(http, Options());
        await using var recorder = NewRecorder(store);

        for (var i = 0; i < Runs; i++)
        {
            await using var run = await recorder.StartRunAsync("bop", "032", $"run-{i:D2}");
            if (i == 10)
            {
                await api.KillAsync();
                api.Dispose();
            }

            await using (var phase = await run.BeginPhaseAsync(RunPhase.Builder))
            {
                await phase.CompleteAsync(PhaseOutcome.Success);
            }

            if (i == 20)
            {
                api = await StartApiAsync();
            }

            await run.CompleteAsync(RunStatus.Succeeded);
        }

        await Eventually.TrueAsync(async () => (await store.Spool.ReadStatusAsync(CancellationToken.None)).PendingFacts == 0);
        recorder.FailedCalls.ShouldBe(0);
        ShouldHaveExactly(Enumerable.Range(0, Runs).Select(i => $"run-{i:D2}"));
        (await store.Spool.ReadStatusAsync(CancellationToken.None)).RejectedFacts.ShouldBe(0);
        api.Dispose();
    }

    [Test]
    public async Task Recorder_killed_while_the_api_is_away_the_next_process_delivers_all_it_said_was_recorded()
    {
        var gate = _temporary.File("gate");
        using var recording = SpoolCommand.StartRecording(SpoolFolder, _server, "lost", SpoolCommand.Endless, gate);
        await Gate.OpenAsync(gate, [recording]);
        await recording.WaitForOutputAsync(line => line == SpoolCommand.Mark("lost-50"));
        await recording.KillAsync();
        var recorded = recording.Output.Split('\n').Where(line => line.StartsWith("recorded ", StringComparison.Ordinal)).Select(line => line["recorded ".Length..]).ToList();

        using var api = await StartApiAsync();
        using var draining = SpoolCommand.StartDraining(SpoolFolder, _server, heapMegabytes: 64);
        (await draining.WaitForExitAsync()).ShouldBe(0, draining.Errors);

        recorded.Count.ShouldBeGreaterThan(50);
        recorded.ShouldBeSubsetOf(Rows("SELECT id FROM runs WHERE status = 'succeeded'"), StringComparer.Ordinal);
        recorded.ShouldBeSubsetOf(Rows("SELECT run_id FROM run_phase_metrics WHERE outcome = 'success'"), StringComparer.Ordinal);
        Rows("SELECT run_id FROM run_phase_metrics GROUP BY run_id HAVING count(*) > 1").ShouldBeEmpty();

        // The run in which the process died, and a line of it that was torn, is all that may be left over.
        Rows("SELECT count(*) FROM runs").Select(int.Parse).Single().ShouldBeInRange(recorded.Count, recorded.Count + 1);
        var status = await new RunMetricsSpool(Options()).ReadStatusAsync(CancellationToken.None);
        (status.PendingFacts, status.TotalBytes > 0).ShouldBe((0, status.RejectedFacts > 0));
        status.RejectedFacts.ShouldBeLessThanOrEqualTo(1);
    }

    [Test]
    public async Task Recorder_two_processes_share_the_folder_every_fact_is_stored_exactly_once()
    {
        const int Runs = 100;
        var gate = _temporary.File("gate");
        using var first = SpoolCommand.StartRecording(SpoolFolder, _server, "first", Runs, gate);
        using var second = SpoolCommand.StartRecording(SpoolFolder, _server, "second", Runs, gate);
        await Gate.OpenAsync(gate, [first, second]);
        await first.WaitForOutputAsync(line => line == SpoolCommand.Mark("first-20"));
        await second.WaitForOutputAsync(line => line == SpoolCommand.Mark("second-20"));

        // Both are still recording when the API appears; both and the test want to drain.
        using var api = await StartApiAsync();
        using var http = HttpRunMetricsStore.Create(_server);
        var spool = new RunMetricsSpool(Options());
        await spool.DrainAsync(http, CancellationToken.None);
        (await first.WaitForExitAsync(), await second.WaitForExitAsync()).ShouldBe((0, 0));
        await spool.DrainAsync(http, CancellationToken.None);

        first.Output.ShouldContain("failures 0");
        second.Output.ShouldContain("failures 0");
        ShouldHaveExactly(Enumerable.Range(0, Runs).SelectMany(i => new[] { $"first-{i}", $"second-{i}" }));
        var status = await spool.ReadStatusAsync(CancellationToken.None);
        (status.PendingFacts, status.RejectedFacts).ShouldBe((0, 0));
    }

    [Test]
    [CancelAfter(60_000)]
    public async Task DrainAsync_hundred_thousand_facts_arrive_in_a_process_of_little_memory(CancellationToken cancellationToken)
    {
        const int Runs = 1_000;
        const int PhasesOfARun = 99;
        await SpoolAsync(Enumerable.Range(0, Runs).Select(run => (Fact[])
        [
            SampleFacts.Run($"run-{run:D4}"),
            .. Enumerable.Range(0, PhasesOfARun).Select(phase => SampleFacts.ClosedPhase($"run-{run:D4}.{phase:D2}", $"run-{run:D4}")),
        ]));
        var before = await new RunMetricsSpool(Options()).ReadStatusAsync(cancellationToken);
        using var api = await StartApiAsync();

        // The facts alone have more bytes than the heap may have.
        using var draining = SpoolCommand.StartDraining(SpoolFolder, _server, heapMegabytes: 20);
        var exitCode = await draining.WaitForExitAsync();

        exitCode.ShouldBe(0, draining.Errors);
        before.PendingFacts.ShouldBe(Runs * (1 + PhasesOfARun));
        before.PendingBytes.ShouldBeGreaterThan(20 * 1024 * 1024);
        Rows("SELECT (SELECT count(*) FROM runs), (SELECT count(*) FROM run_phase_metrics)").ShouldBe([$"{Runs}|{Runs * PhasesOfARun}"]);
        var after = await new RunMetricsSpool(Options()).ReadStatusAsync(cancellationToken);
        (after.PendingFacts, after.RejectedFacts, after.TotalBytes).ShouldBe((0, 0, 0));
    }

    private Task<ApiProcess> StartApiAsync() => ApiProcess.StartAsync(Database, "--urls", _server.AbsoluteUri);

    private RunMetricsSpoolOptions Options() => new() { Folder = SpoolFolder };

    private static RunMetricsRecorder NewRecorder(IRunMetricsStore store) =>
        new(store, options: new RunMetricsRecorderOptions { StoreTimeout = TimeSpan.FromSeconds(30) });

    private async Task SpoolAsync(IEnumerable<Fact[]> batches)
    {
        await using var spooled = SpooledRunMetricsStore.Open(new FakeStore { IsAway = true }, Options());
        foreach (var batch in batches)
        {
            await spooled.WriteAsync(batch, CancellationToken.None);
        }
    }

    private IReadOnlyList<string> Rows(string sql) => TestDatabase.Rows(Database, sql);

    /// <summary>Each run ended well with one phase that ended well, and nothing else is there.</summary>
    private void ShouldHaveExactly(IEnumerable<string> runIds)
    {
        var expected = runIds.Order(StringComparer.Ordinal).ToList();
        Rows("SELECT id FROM runs WHERE status = 'succeeded' ORDER BY id").ShouldBe(expected);
        Rows("SELECT run_id FROM run_phase_metrics WHERE outcome = 'success' ORDER BY run_id").ShouldBe(expected);
        Rows("SELECT (SELECT count(*) FROM runs), (SELECT count(*) FROM run_phase_metrics)").ShouldBe([$"{expected.Count}|{expected.Count}"]);
    }
}
