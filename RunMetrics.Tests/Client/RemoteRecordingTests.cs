using System.Text.Json;
using Microsoft.Extensions.Time.Testing;
using NUnit.Framework;
using RunMetrics.Client;
using RunMetrics.Client.Spooling;
using RunMetrics.Domain.Facts;
using RunMetrics.Domain.Runs;
using RunMetrics.Domain.Storage;
using RunMetrics.Tests.Api.Security;
using RunMetrics.Tests.Support;
using RunMetrics.Tests.Support.ChildCommands;
using Shouldly;

namespace RunMetrics.Tests.Client;

/// <summary>Recording to a real API in another process, with processes killed in the middle.</summary>
public sealed class RemoteRecordingTests
{
    private TemporaryFolder _temporary = null!;
    private RelayedAddress _address = null!;

    private Uri Server => _address.Address;

    private string Database => _temporary.File("runmetrics.db");

    private string SpoolFolder => _temporary.File("spool");

    [SetUp]
    public void MakeFolder()
    {
        _temporary = new TemporaryFolder();
        _address = new RelayedAddress();
    }

    [TearDown]
    public async Task RemoveFolderAsync()
    {
        await _address.DisposeAsync();
        _temporary.Dispose();
    }

    [Test]
    public async Task WriteAsync_facts_of_every_fate_are_answered_in_their_order_with_reasons_and_fields()
    {
        using var api = await StartApiAsync();
        using var store = HttpRunMetricsStore.Create(Server);
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
            FactDisposition.Rejected, FactDisposition.Stored, FactDisposition.Stored, FactDisposition.Stored, FactDisposition.Rejected,
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
        results[5].Rejection!.Reason.ShouldBe(FactRejectionReason.UnknownRun);
        results[9].Rejection!.Message.ShouldContain("as recorded");
    }

    [Test]
    public async Task WriteAsync_the_same_facts_again_are_unchanged()
    {
        using var api = await StartApiAsync();
        using var store = HttpRunMetricsStore.Create(Server);
        Fact[] facts = [SampleFacts.Run(), SampleFacts.ClosedPhase(), SampleFacts.EndedRun()];
        await store.WriteAsync(facts, CancellationToken.None);

        var results = await store.WriteAsync(facts, CancellationToken.None);

        results.ShouldBe([FactResult.Unchanged, FactResult.Unchanged, FactResult.Unchanged]);
    }

    [Test]
    public async Task FindRunAsync_recorded_run_is_read_back_and_deleted_run_is_not()
    {
        using var api = await StartApiAsync();
        using var store = HttpRunMetricsStore.Create(Server);
        var phase = SampleFacts.ClosedPhase() with { Metadata = SampleFacts.Json("""{"tests":12}""") };
        await store.WriteAsync([SampleFacts.Run(), phase], CancellationToken.None);

        var history = await store.FindRunAsync("run-1", ProjectAccess.All, CancellationToken.None);
        var deleted = await store.DeleteRunAsync("run-1", ProjectAccess.All, CancellationToken.None);
        var deletedAgain = await store.DeleteRunAsync("run-1", ProjectAccess.All, CancellationToken.None);
        var gone = await store.FindRunAsync("run-1", ProjectAccess.All, CancellationToken.None);

        history!.Run.ShouldSatisfyAllConditions(
            run => run.ProjectId.ShouldBe("bop"), run => run.Status.ShouldBe(RunStatus.Running), run => run.StartedAt.ShouldBe(SampleFacts.Start));
        history.PhaseMetrics.Single().ShouldSatisfyAllConditions(
            metric => metric.DurationSeconds.ShouldBe(90), metric => metric.Metadata!.Value.GetProperty("tests").GetInt32().ShouldBe(12));
        (deleted, deletedAgain).ShouldBe((true, false));
        gone.ShouldBeNull();
    }

    [Test]
    public async Task ResumeRunAsync_process_was_lost_the_phase_it_left_open_is_closed_over_http()
    {
        using var api = await StartApiAsync();
        using var store = HttpRunMetricsStore.Create(Server);
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
        using var http = HttpRunMetricsStore.Create(Server);
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
        using var recording = SpoolCommand.StartRecording(SpoolFolder, Server, "lost", SpoolCommand.Endless, gate);
        await Gate.OpenAsync(gate, [recording]);
        await recording.WaitForOutputAsync(line => line == SpoolCommand.Mark("lost-50"));
        await recording.KillAsync();
        var recorded = recording.Output.Split('\n').Where(line => line.StartsWith("recorded ", StringComparison.Ordinal)).Select(line => line["recorded ".Length..]).ToList();

        using var api = await StartApiAsync();
        using var draining = SpoolCommand.StartDraining(SpoolFolder, Server, heapMegabytes: 64);
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
        using var first = SpoolCommand.StartRecording(SpoolFolder, Server, "first", Runs, gate);
        using var second = SpoolCommand.StartRecording(SpoolFolder, Server, "second", Runs, gate);
        await Gate.OpenAsync(gate, [first, second]);
        await first.WaitForOutputAsync(line => line == SpoolCommand.Mark("first-20"));
        await second.WaitForOutputAsync(line => line == SpoolCommand.Mark("second-20"));

        // Both are still recording when the API appears; both and the test want to drain.
        using var api = await StartApiAsync();
        using var http = HttpRunMetricsStore.Create(Server);
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
    public async Task DrainAsync_more_facts_than_the_memory_holds_arrive_nonetheless(CancellationToken cancellationToken)
    {
        const int Runs = 100;
        const int PhasesOfARun = 99;
        var metadata = JsonSerializer.SerializeToElement(new { log = new string('x', 3000) });
        await SpoolAsync(Enumerable.Range(0, Runs).Select(run => (Fact[])
        [
            SampleFacts.Run($"run-{run:D4}"),
            .. Enumerable.Range(0, PhasesOfARun).Select(phase => SampleFacts.ClosedPhase($"run-{run:D4}.{phase:D2}", $"run-{run:D4}") with { Metadata = metadata }),
        ]));
        var before = await new RunMetricsSpool(Options()).ReadStatusAsync(cancellationToken);
        using var api = await StartApiAsync();

        // The facts alone have more bytes than the heap may have.
        using var draining = SpoolCommand.StartDraining(SpoolFolder, Server, heapMegabytes: 20);
        var exitCode = await draining.WaitForExitAsync();

        exitCode.ShouldBe(0, draining.Errors);
        before.PendingFacts.ShouldBe(Runs * (1 + PhasesOfARun));
        before.PendingBytes.ShouldBeGreaterThan(20 * 1024 * 1024);
        Rows("SELECT (SELECT count(*) FROM runs), (SELECT count(*) FROM run_phase_metrics)").ShouldBe([$"{Runs}|{Runs * PhasesOfARun}"]);
        var after = await new RunMetricsSpool(Options()).ReadStatusAsync(cancellationToken);
        (after.PendingFacts, after.RejectedFacts, after.TotalBytes).ShouldBe((0, 0, 0));
    }

    [Test]
    public async Task WriteAsync_another_run_of_the_same_id_its_phases_are_refused_in_every_request([Values] bool saysItsStart)
    {
        using var api = await StartApiAsync();
        using var store = Connect();
        var other = SampleFacts.Run() with { ProjectId = "other", StartedAt = saysItsStart ? SampleFacts.Start : null };
        await store.WriteAsync([SampleFacts.Run(), SampleFacts.OpenPhase("a.1")], CancellationToken.None);

        var results = await store.WriteAsync(
            [other, .. Enumerable.Range(0, 150).Select(i => SampleFacts.OpenPhase($"b.{i}")), SampleFacts.Run(), SampleFacts.OpenPhase("a.2")],
            CancellationToken.None);

        results.SkipLast(2).ShouldAllBe(result => result.Rejection!.Reason == FactRejectionReason.Conflict);
        results.TakeLast(2).ShouldAllBe(result => result.Rejection == null);
        Rows("SELECT id FROM run_phase_metrics ORDER BY id").ShouldBe(["a.1", "a.2"]);
    }

    [Test]
    public async Task Recorder_two_recordings_use_the_same_run_id_only_the_first_is_stored([Values] bool isAway)
    {
        const int Iterations = 40;
        using var early = isAway ? null : await StartApiAsync();
        using var http = Connect();
        await using (var store = SpooledRunMetricsStore.Open(http, Options()))
        await using (var first = NewRecorder(store))
        await using (var second = NewRecorder(store))
        {
            await using var run = await first.StartRunAsync("bop", "032", "twice");
            await using var other = await second.StartRunAsync("other", "032", "twice");
            for (var iteration = 1; iteration <= Iterations; iteration++)
            {
                await using var phase = await run.BeginPhaseAsync(RunPhase.Builder, iteration);
                await using var otherPhase = await other.BeginPhaseAsync(RunPhase.Test, iteration);
                await phase.CompleteAsync(PhaseOutcome.Success);
                await otherPhase.CompleteAsync(PhaseOutcome.Failed);
            }

            await other.CompleteAsync(RunStatus.Failed);
            await run.CompleteAsync(RunStatus.Succeeded);
        }

        using var late = isAway ? await StartApiAsync() : null;
        (await new RunMetricsSpool(Options()).DrainAsync(http, CancellationToken.None)).IsComplete.ShouldBeTrue();

        Rows("SELECT project_id, status FROM runs").ShouldBe(["bop|succeeded"]);
        Rows("SELECT phase, iteration, outcome FROM run_phase_metrics ORDER BY iteration")
            .ShouldBe(Enumerable.Range(1, Iterations).Select(iteration => $"builder|{iteration}|success"));
    }

    [Test]
    public async Task ResumeRunAsync_api_is_away_the_run_is_delivered_with_its_start_and_its_end([Values] bool isKnown)
    {
        var time = new FakeTimeProvider(TestDatabase.Now);
        using var http = Connect();
        if (isKnown)
        {
            using var api = await StartApiAsync();
            await http.WriteAsync([SampleFacts.Run()], CancellationToken.None);
            _address.Target = null;
        }

        await using (var store = SpooledRunMetricsStore.Open(http, Options()))
        await using (var recorder = NewRecorder(store, time))
        {
            await using var run = await recorder.ResumeRunAsync("run-1", "bop", "032");
            time.Advance(TimeSpan.FromMinutes(1));
            await using (var phase = await run.BeginPhaseAsync(RunPhase.Builder))
            {
                await phase.CompleteAsync(PhaseOutcome.Success);
            }

            await run.CompleteAsync(RunStatus.Succeeded);
        }

        using var restarted = await StartApiAsync();
        var report = await new RunMetricsSpool(Options()).DrainAsync(http, CancellationToken.None);

        report.Rejected.ShouldBe(0);
        Rows("SELECT status, started_at, ended_at FROM runs").ShouldBe(
            [$"succeeded|{(isKnown ? Instants.Format(SampleFacts.Start) : Instants.Format(TestDatabase.Now))}|{Instants.Format(TestDatabase.Now.AddMinutes(1))}"]);
        Rows("SELECT outcome FROM run_phase_metrics").ShouldBe(["success"]);
    }

    [Test]
    public async Task DrainAsync_token_for_another_project_leaves_the_facts_to_whoever_may_write_them()
    {
        PhaseMetricFact alone = SampleFacts.ClosedPhase("b.2", "b");
        await SpoolAsync(
        [
            [alone],
            [SampleFacts.Run("b") with { ProjectId = "theirs" }, SampleFacts.ClosedPhase("b.1", "b")],
            [SampleFacts.Run("a") with { ProjectId = "ours" }, SampleFacts.ClosedPhase("a.1", "a")],
            [SampleFacts.EndedRun("b") with { ProjectId = "theirs" }],
        ]);
        var spool = new RunMetricsSpool(Options());
        using var api = await ApiProcess.StartInAsync(Tokens.Environment, Database);
        using var ours = Connect(api.Address, "ours");
        using var theirs = Connect(api.Address, "theirs");

        var first = await spool.DrainAsync(ours, CancellationToken.None);
        var again = await spool.DrainAsync(ours, CancellationToken.None);
        var left = await spool.ReadStatusAsync(CancellationToken.None);
        IReadOnlyList<FactResult> direct;
        await using (var store = SpooledRunMetricsStore.Open(ours, Options()))
        {
            direct = await store.WriteAsync([SampleFacts.EndedRun("a") with { ProjectId = "ours" }], CancellationToken.None);
        }

        var stored = Rows("SELECT id FROM run_phase_metrics");
        var last = await spool.DrainAsync(theirs, CancellationToken.None);
        var after = await spool.ReadStatusAsync(CancellationToken.None);

        first.ShouldBe(new SpoolDrainReport(2, 0, null));
        again.ShouldBe(new SpoolDrainReport(0, 0, null));
        (left.PendingFacts, left.RejectedFacts).ShouldBe((4, 0));
        direct.ShouldBe([FactResult.Stored]);
        stored.ShouldBe(["a.1"]);
        last.ShouldBe(new SpoolDrainReport(4, 0, null));
        (after.PendingFacts, after.RejectedFacts, after.TotalBytes).ShouldBe((0, 0, 0));
        Rows("SELECT id, status FROM runs ORDER BY id").ShouldBe(["a|succeeded", "b|succeeded"]);
        Rows("SELECT id FROM run_phase_metrics ORDER BY id").ShouldBe(["a.1", "b.1", "b.2"]);
    }

    [Test]
    public async Task Recorder_processes_that_end_at_once_empty_the_spool()
    {
        using var api = await StartApiAsync();
        await SpoolAsync(Enumerable.Range(0, 300).Select(i => (Fact[])[SampleFacts.EndedRun($"waiting-{i}")]));
        var gate = _temporary.File("gate");
        await File.WriteAllTextAsync(gate, string.Empty);

        for (var i = 0; i < 3; i++)
        {
            using var recording = SpoolCommand.StartRecording(SpoolFolder, Server, $"short-{i}", 1, gate);
            (await recording.WaitForExitAsync()).ShouldBe(0, recording.Errors);
        }

        (await new RunMetricsSpool(Options()).ReadStatusAsync(CancellationToken.None)).PendingFacts.ShouldBe(0);
        Rows("SELECT count(*) FROM runs WHERE status = 'succeeded'").ShouldBe(["303"]);
    }

    private async Task<ApiProcess> StartApiAsync()
    {
        var api = await ApiProcess.StartAsync(Database);
        _address.Target = api.Address;
        return api;
    }

    private RunMetricsSpoolOptions Options() => new() { Folder = SpoolFolder };

    private static RunMetricsRecorder NewRecorder(IRunMetricsStore store, TimeProvider? time = null) =>
        new(store, time, options: new RunMetricsRecorderOptions { StoreTimeout = TimeSpan.FromSeconds(30) });

    private static HttpRunMetricsStore Connect(Uri server, string project)
    {
        var token = Tokens.Create(projects: project);
        return HttpRunMetricsStore.Create(server, options => options.BearerToken = _ => ValueTask.FromResult<string?>(token));
    }

    private HttpRunMetricsStore Connect() => HttpRunMetricsStore.Create(Server, options => options.MaxRetries = 0);

    private async Task SpoolAsync(IEnumerable<Fact[]> batches)
    {
        await using var spooled = SpooledRunMetricsStore.Open(new FakeStore { IsAway = true }, Options());
        foreach (var batch in batches)
        {
            await spooled.WriteAsync(batch, CancellationToken.None);
        }
    }

    private IReadOnlyList<string> Rows(string sql) => SqliteTestDatabase.Rows(Database, sql);

    /// <summary>Each run ended well with one phase that ended well, and nothing else is there.</summary>
    private void ShouldHaveExactly(IEnumerable<string> runIds)
    {
        var expected = runIds.Order(StringComparer.Ordinal).ToList();
        Rows("SELECT id FROM runs WHERE status = 'succeeded' ORDER BY id").ShouldBe(expected);
        Rows("SELECT run_id FROM run_phase_metrics WHERE outcome = 'success' ORDER BY run_id").ShouldBe(expected);
        Rows("SELECT (SELECT count(*) FROM runs), (SELECT count(*) FROM run_phase_metrics)").ShouldBe([$"{expected.Count}|{expected.Count}"]);
    }
}
