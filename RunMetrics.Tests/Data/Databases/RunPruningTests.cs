using System.Globalization;
using CsCheck;
using NUnit.Framework;
using RunMetrics.Data.Databases;
using RunMetrics.Domain.Facts;
using RunMetrics.Tests.Support;
using Shouldly;

namespace RunMetrics.Tests.Data.Databases;

[OnBothDatabases]
public sealed class RunPruningTests(DatabaseKind kind)
{
    private static readonly DateTimeOffset End = SampleFacts.EndedRun().EndedAt!.Value;

    private TestDatabase _database = null!;

    [SetUp]
    public async Task CreateDatabaseAsync() => _database = await TestDatabase.CreateAsync(kind);

    [TearDown]
    public async Task DeleteDatabaseAsync() => await _database.DisposeAsync();

    [TestCase(0, 0)]
    [TestCase(1, 1)]
    public async Task PruneAsync_run_that_ended_at_the_instant_stays_and_one_before_goes(int millisecondsLater, int deleted)
    {
        await _database.Store.WriteAsync([SampleFacts.EndedRun("ended"), SampleFacts.Run("running")], CancellationToken.None);

        var pruned = await PruneAsync(End.AddMilliseconds(millisecondsLater));

        pruned.Runs.ShouldBe(deleted);
        _database.Rows("SELECT id FROM runs ORDER BY id").ShouldBe(deleted == 0 ? ["ended", "running"] : ["running"]);
    }

    [Test]
    public Task PruneAsync_any_history_leaves_what_did_not_end_before() => Gen.Select(
            RandomHistories.Runs.Array[0, 8], Gen.Int[0, 150], Gen.OneOf(null, "a", "b"), Gen.Bool)
        .SampleAsync(
            async (history, second, project, isCounted) =>
            {
                _database.Clear();
                foreach (var (run, phases) in history)
                {
                    await _database.Store.WriteAsync([run, .. phases], CancellationToken.None);
                }

                if (isCounted)
                {
                    _database.CountChanges();
                }

                var before = _database.Dump();
                var old = history.Where(run => run.Run.EndedAt < RandomHistories.At(second) && (project is null || run.Run.ProjectId == project)).ToList();
                var expected = new PrunedRuns(old.Count, old.Sum(run => run.Phases.Length));

                (await RunMetricsDatabase.CountPrunableAsync(_database.Location, RandomHistories.At(second), project, CancellationToken.None)).ShouldBe(expected);
                _database.Dump().ShouldBe(before);
                (await PruneAsync(RandomHistories.At(second), project)).ShouldBe(expected);

                // Each row of a run names it.
                _database.Dump().ShouldBe(before.Where(row => !old.Exists(run => row.Contains(run.Run.Id!, StringComparison.Ordinal))));
                (await VerifyAsync()).ShouldBeEmpty();
            },
            iter: Samples.Of(20),
            threads: 1);

    [Test]
    public async Task PruneAsync_interrupted_after_each_transaction_is_whole_each_time_and_done_in_the_end()
    {
        const int Runs = 250;
        await _database.Store.WriteAsync(
            [.. Enumerable.Range(0, Runs).SelectMany(number => MakeRun(number, phases: 2)), SampleFacts.Run("running")], CancellationToken.None);

        var steps = new List<PrunedRuns>();
        while (await RunMetricsDatabase.CountPrunableAsync(_database.Location, DateTimeOffset.MaxValue, projectId: null, CancellationToken.None) is { Runs: > 0 } left)
        {
            using var cancellation = new CancellationTokenSource();
            var told = new Told(_ => cancellation.Cancel());
            await Should.ThrowAsync<OperationCanceledException>(() =>
                RunMetricsDatabase.PruneAsync(_database.Location, DateTimeOffset.MaxValue, projectId: null, TimeProvider.System, told, cancellation.Token));

            steps.Add(told.Values.ShouldHaveSingleItem());
            var stored = _database.Rows("SELECT count(*) FROM runs WHERE status <> 'running' UNION ALL SELECT count(*) FROM run_phase_metrics");
            stored.ShouldBe([Text(left.Runs - steps[^1].Runs), Text(left.PhaseMetrics - steps[^1].PhaseMetrics)]);
            (await VerifyAsync()).ShouldBeEmpty();
        }

        steps.ShouldBe([new(100, 200), new(100, 200), new(50, 100)]);
        _database.Rows("SELECT id FROM runs").ShouldBe(["running"]);
    }

    [Test]
    public async Task PruneAsync_runs_of_many_phases_are_never_deleted_in_part()
    {
        await _database.Store.WriteAsync(
            [.. MakeRun(0, phases: 600), .. MakeRun(1, phases: 600), .. MakeRun(2, phases: 1500), .. MakeRun(3, phases: 1)], CancellationToken.None);
        var told = new Told(_ => { });

        await RunMetricsDatabase.PruneAsync(_database.Location, DateTimeOffset.MaxValue, projectId: null, TimeProvider.System, told, CancellationToken.None);

        told.Values.ShouldBe([new(1, 600), new(2, 1200), new(3, 2700), new(4, 2701)]);
        _database.Rows("SELECT count(*) FROM run_phase_metrics").ShouldBe(["0"]);
        (await VerifyAsync()).ShouldBeEmpty();
    }

    [Test]
    public async Task PruneAsync_lets_others_write_between_its_transactions()
    {
        await _database.Store.WriteAsync([.. Enumerable.Range(0, 3000).SelectMany(number => MakeRun(number, phases: 1))], CancellationToken.None);
        Task? writing = null;
        var isWritten = false;
        var stepsAfter = 0;
        var told = new Told(_ =>
        {
            writing ??= Task.Run(() => _database.Rows("UPDATE runs SET iteration = iteration WHERE id = 'run-02999'"));
            stepsAfter += writing.IsCompletedSuccessfully ? 1 : 0;
            isWritten |= writing.IsCompletedSuccessfully;
        });

        await RunMetricsDatabase.PruneAsync(_database.Location, DateTimeOffset.MaxValue, projectId: null, TimeProvider.System, told, CancellationToken.None);

        isWritten.ShouldBeTrue();
        stepsAfter.ShouldBeGreaterThan(1);
        told.Values.Count.ShouldBe(30);
    }

    private static IEnumerable<Fact> MakeRun(int number, int phases)
    {
        var id = string.Create(CultureInfo.InvariantCulture, $"run-{number:D5}");
        yield return SampleFacts.EndedRun(id) with { StartedAt = SampleFacts.Start.AddSeconds(number / 7), EndedAt = End.AddSeconds(number), Labels = Labels };
        for (var phase = 0; phase < phases; phase++)
        {
            yield return SampleFacts.ClosedPhase(string.Create(CultureInfo.InvariantCulture, $"{id}.{phase}"), id) with { Iteration = phase + 1 };
        }
    }

    private static readonly IReadOnlyDictionary<string, string> Labels = new Dictionary<string, string>(StringComparer.Ordinal) { ["model"] = "opus" };

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);

    private Task<PrunedRuns> PruneAsync(DateTimeOffset endedBefore, string? projectId = null) =>
        RunMetricsDatabase.PruneAsync(_database.Location, endedBefore, projectId, TimeProvider.System, progress: null, CancellationToken.None);

    private Task<IReadOnlyList<string>> VerifyAsync() => RunMetricsDatabase.VerifyAsync(_database.Location, progress: null, CancellationToken.None);

    private sealed class Told(Action<PrunedRuns> then) : IProgress<PrunedRuns>
    {
        public List<PrunedRuns> Values { get; } = [];

        public void Report(PrunedRuns value)
        {
            Values.Add(value);
            then(value);
        }
    }
}
