using System.IO.Pipelines;
using System.Text;
using System.Text.Json;
using CsCheck;
using NUnit.Framework;
using RunMetrics.Domain.Facts;
using RunMetrics.Domain.Import;
using RunMetrics.Domain.Runs;
using RunMetrics.Domain.Storage;
using RunMetrics.Tests.Support;
using Shouldly;

namespace RunMetrics.Tests.Data.Queries;

/// <summary>An export is all that was recorded: what it is imported into answers as what it came from.</summary>
[OnBothDatabases]
public sealed class ExportTests(DatabaseKind kind)
{
    private static readonly JsonSerializerOptions Json = RunMetricsJson.CreateOptions();

    private TestDatabase _database = null!;
    private TestDatabase _copy = null!;

    [SetUp]
    public async Task CreateDatabasesAsync() => (_database, _copy) = (await TestDatabase.CreateAsync(kind), await TestDatabase.CreateAsync(kind));

    [TearDown]
    public async Task DeleteDatabasesAsync()
    {
        await _database.DisposeAsync();
        await _copy.DisposeAsync();
    }

    [Test]
    public Task ExportAsync_of_any_history_imported_elsewhere_gives_the_same_lines_and_answers() =>
        RandomHistories.Runs.Array[0, 12].SampleAsync(
            async history =>
            {
                _database.Clear();
                _copy.Clear();
                foreach (var (run, phases) in history)
                {
                    await _database.Store.WriteAsync([run, .. phases], CancellationToken.None);
                }

                var lines = await ExportAsync(_database);
                var report = await ImportAsync(_copy, lines);

                report.Rejected.ShouldBe(0);
                report.Accepted.ShouldBe(Encoding.UTF8.GetString(lines).Count(character => character == '\n'));
                (await ExportAsync(_copy)).ShouldBe(lines);
                (await AnswersAsync(_copy)).ShouldBe(await AnswersAsync(_database));
                (await ImportAsync(_copy, lines)).Unchanged.ShouldBe(report.Accepted);
            },
            iter: Samples.Of(50),
            threads: 1);

    [Test]
    public async Task ExportAsync_lists_runs_by_start_then_id_and_their_phases_as_they_are_listed()
    {
        await _database.Store.WriteAsync(
            [
                SampleFacts.Run("b"),
                SampleFacts.Run("a"),
                SampleFacts.Run("z") with { StartedAt = SampleFacts.Start.AddDays(-1) },
                SampleFacts.OpenPhase("2", "a") with { Phase = "merge" },
                SampleFacts.OpenPhase("9", "a") with { Phase = "setup" },
                SampleFacts.OpenPhase("1", "b"),
            ],
            CancellationToken.None);

        (await ListIdsAsync(new RunFilter())).ShouldBe(["z", "a", "9", "2", "b", "1"]);
        (await ListIdsAsync(new RunFilter { Since = SampleFacts.Start })).ShouldBe(["a", "9", "2", "b", "1"]);
        (await ListIdsAsync(new RunFilter { Until = SampleFacts.Start })).ShouldBe(["z"]);
        (await ListIdsAsync(new RunFilter { ProjectId = "other" })).ShouldBeEmpty();
    }

    /// <summary>More phases than are read at once, many of which differ in one part of their order alone.</summary>
    [TestCase(0)]
    [TestCase(2000)]
    public async Task ExportAsync_of_a_run_that_takes_several_parts_has_every_phase_once(int noteLength)
    {
        var note = SampleFacts.Json($$"""{"note":"{{new string('x', noteLength)}}"}""");
        string[] phases = ["merge", "setup", "reviewer"];
        Fact[] facts = [.. Enumerable.Range(0, 11_000).Select(number => SampleFacts.OpenPhase($"m{number * 7919 % 11_000:00000}", "long") with
        {
            Phase = phases[number % 3],
            StartedAt = SampleFacts.Start.AddMilliseconds(number % 2),
            Metadata = note,
        })];
        await _database.Store.WriteAsync([SampleFacts.Run("long"), .. facts, SampleFacts.Run("next"), SampleFacts.OpenPhase("of-next", "next")], CancellationToken.None);

        var ids = await ListIdsAsync(new RunFilter());

        var listed = await _database.Queries.ListPhaseMetricsAsync("long", ProjectAccess.All, CancellationToken.None);
        ids.ShouldBe(["long", .. listed!.Select(metric => metric.Id), "next", "of-next"]);
    }

    [Test]
    public async Task ExportAsync_that_is_read_slowly_keeps_no_old_state_of_the_database()
    {
        await _database.Store.WriteAsync([.. Enumerable.Range(0, 1000).Select(number => SampleFacts.Run($"r{number:0000}"))], CancellationToken.None);
        await using var facts = _database.Queries.ExportAsync(new RunFilter(), ProjectAccess.All, CancellationToken.None).GetAsyncEnumerator();

        (await facts.MoveNextAsync()).ShouldBeTrue();
        await _database.Store.WriteAsync([SampleFacts.Run("r9999")], CancellationToken.None);

        _database.HasOldReader().ShouldBeFalse();
        var count = 1;
        while (await facts.MoveNextAsync())
        {
            count++;
        }

        count.ShouldBe(1001);
    }

    [Test]
    public async Task ExportAsync_whose_reader_goes_away_ends()
    {
        await _database.Store.WriteAsync([.. Enumerable.Range(0, 1000).Select(number => SampleFacts.Run($"r{number:0000}"))], CancellationToken.None);
        using var gone = new CancellationTokenSource();
        var seen = 0;

        await Should.ThrowAsync<OperationCanceledException>(async () =>
        {
            await foreach (var fact in _database.Queries.ExportAsync(new RunFilter(), ProjectAccess.All, gone.Token))
            {
                seen++;
                await gone.CancelAsync();
            }
        });

        seen.ShouldBeLessThan(1000);
    }

    [Test]
    public async Task ExportAsync_without_access_to_a_project_does_not_tell_of_it()
    {
        await _database.Store.WriteAsync([SampleFacts.Run("r1"), SampleFacts.Run("r2") with { ProjectId = "other" }], CancellationToken.None);

        (await ListIdsAsync(new RunFilter(), ProjectAccess.Only(["other"]))).ShouldBe(["r2"]);
        (await ListIdsAsync(new RunFilter { ProjectId = "bop" }, ProjectAccess.Only(["other"]))).ShouldBeEmpty();
    }

    private static async Task<byte[]> ExportAsync(TestDatabase database)
    {
        using var output = new MemoryStream();
        var lines = PipeWriter.Create(output, new StreamPipeWriterOptions(leaveOpen: true));
        await FactWriter.WriteLinesAsync(
            database.Queries.ExportAsync(new RunFilter(), ProjectAccess.All, CancellationToken.None), lines, CancellationToken.None);
        await lines.CompleteAsync();
        return output.ToArray();
    }

    private static Task<ImportReport> ImportAsync(TestDatabase database, byte[] lines) =>
        new FactImport(database.Service).RunAsync(PipeReader.Create(new MemoryStream(lines)), ProjectAccess.All, onRejected: null, CancellationToken.None);

    /// <summary>Every answer there is, as the text that is sent.</summary>
    private static async Task<IReadOnlyList<string>> AnswersAsync(TestDatabase database)
    {
        var queries = database.Queries;
        var answers = new List<object?>
        {
            await queries.ListProjectsAsync(null, 200, ProjectAccess.All, CancellationToken.None),
            await queries.ComputeStatisticsAsync(new RunFilter(), null, "model", ProjectAccess.All, CancellationToken.None),
            await queries.SummarizeAsync(null, 200, null, ProjectAccess.All, CancellationToken.None),
        };
        foreach (var project in new[] { "a", "b" })
        {
            answers.Add(await queries.SummarizeAsync(project, 200, SampleFacts.Start.AddSeconds(50), ProjectAccess.All, CancellationToken.None));
            var runs = await queries.ListRunsAsync(new RunFilter { ProjectId = project }, null, 200, ProjectAccess.All, CancellationToken.None);
            answers.Add(runs);
            foreach (var run in runs?.Items ?? [])
            {
                answers.Add(await queries.ListPhaseMetricsAsync(run.Id, ProjectAccess.All, CancellationToken.None));
            }
        }

        return [.. answers.Select(answer => JsonSerializer.Serialize(answer, Json))];
    }

    private async Task<List<string>> ListIdsAsync(RunFilter filter, ProjectAccess? access = null)
    {
        var ids = new List<string>();
        await foreach (var fact in _database.Queries.ExportAsync(filter, access ?? ProjectAccess.All, CancellationToken.None))
        {
            ids.Add(fact.Id!);
        }

        return ids;
    }
}
