using System.Text.RegularExpressions;
using NUnit.Framework;
using RunMetrics.Runner.Exit;
using RunMetrics.Tests.Runner.Support;
using RunMetrics.Tests.Support;
using Shouldly;

namespace RunMetrics.Tests.Runner.Commands;

[Parallelizable(ParallelScope.Self)]
public sealed partial class StatsCommandTests() : ApiFixture(DatabaseKind.Sqlite)
{
    private string _project = null!;

    [SetUp]
    public async Task RecordRunsAsync()
    {
        _project = NewId();
        await PutAsync(
            $"runs/{_project}.1",
            $$$"""{"project_id":"{{{_project}}}","work_order_id":"wo-1","status":"succeeded","started_at":"2026-01-12T10:00:00Z","ended_at":"2026-01-12T11:00:00Z","labels":{"model":"opus"}}""");
        await PutAsync($"runs/{_project}.2", $$"""{"project_id":"{{_project}}","work_order_id":"wo-2","started_at":"2026-01-12T12:00:00Z"}""");
        await PutPhaseAsync("1", "setup", 1, "10:00:00", "10:01:00", "success");
        await PutPhaseAsync("2", "setup", 1, "10:01:00", "10:01:11", "success");
        await PutPhaseAsync("3", "reviewer", 1, "10:10:00", "10:10:20", "changes_requested");
        await PutPhaseAsync("4", "reviewer", 12, "10:20:00", "10:20:40", "approved");
    }

    [TestCase("", "")]
    [TestCase("--group-by model", "?group_by=label:model")]
    [TestCase("--group-by label:model", "?group_by=label:model")]
    [TestCase(
        "--label model=opus --work-order wo-1 --status succeeded --since 2026-01-12T11:00:00+01:00 --until 2026-01-13T00:00:00Z --as-of 2026-01-12T10:10:10Z",
        "?label=model:opus&work_order_id=wo-1&status=succeeded&since=2026-01-12T10:00:00Z&until=2026-01-13T00:00:00Z&as_of=2026-01-12T10:10:10Z")]
    public async Task Stats_as_json_are_what_the_api_answers(string options, string query)
    {
        string[] asked = ["stats", "--json", "--project", _project, .. options.Split(' ', StringSplitOptions.RemoveEmptyEntries)];

        var ofDatabase = await RunnerCommand.RunAsync([.. asked, "--database", Target]);
        var ofServer = await RunnerCommand.RunAsync([.. asked, "--server", Api.Address.AbsoluteUri]);

        var answer = await GetAsync($"repos/{_project}/run-metrics/statistics{query}");
        answer.Body.ShouldStartWith("{\"repo_id\":");
        ofDatabase.ShouldBe(new FinishedCommand(ExitCodes.Done, answer.Body, ""));
        ofServer.ShouldBe(ofDatabase);
    }

    [Test]
    public async Task Stats_show_every_figure_in_tables_with_its_unit_in_the_head_and_a_bar_for_each_percentile()
    {
        var stats = await RunnerCommand.RunAsync("stats", "--project", _project, "--database", Target, "--group-by", "model");

        // Of setup's 60 and 11 the mean is 35.5, the deviation 49 / sqrt(2), the 90th percentile 11 + 0.9 * 49, the 95th 57.55.
        var lines = stats.Output.Split('\n').Select(line => Blanks().Replace(line.Trim(), " ")).Where(line => line.Length > 0).ToList();
        stats.ExitCode.ShouldBe(ExitCodes.Done, stats.Errors);
        string[] head = [$"{_project}: 2 runs", "1 succeeded, 0 failed, 0 cancelled, 1 running; success rate 100 %", "iterations: mean 6.5, max 12; approved at first pass 0 %", "runs by iterations: 1 with 1, 1 with 12"];
        lines.Take(head.Length).ShouldBe(head);
        string[] rows =
        [
            "duration of iteration count mean s stddev s min s p50 s p90 s p95 s max s",
            "setup 1 2 35.5 34.6 11 35.5 55.1 57.6 60",
            "builder all 0 - - - - - - -",
            "reviewer all 2 30 14.1 20 30 38 39 40",
            "11+ 1 40 - 40 40 40 40 40",
            "ended runs 1 131 - 131 131 131 131 131",
            $"ended runs p50 131 {new string('█', 48)}",
            $"setup p50 35.5 {new string('█', 13)}",
            "reviewer all 0 0 0 1 1 0",
            "model = opus: 1 run",
            "model of all other runs: 1 run",
        ];
        rows.ShouldBeSubsetOf(lines, StringComparer.Ordinal);
    }

    [Test]
    public async Task Stats_of_all_projects_list_them()
    {
        var stats = await RunnerCommand.RunAsync("stats", "--server", Api.Address.AbsoluteUri);

        stats.Output.ShouldStartWith("\nall projects: ");
        stats.Output.ShouldMatch($@"\n {_project}\s+2 2026-01-12 12:00:00Z");
    }

    [TestCase("--database")]
    [TestCase("--server")]
    public async Task Stats_of_an_unknown_project_fail_and_say_where_the_known_ones_stand(string source)
    {
        var stats = await RunnerCommand.RunAsync("stats", "--project", "nobody", source, source == "--server" ? Api.Address.AbsoluteUri : Target);

        stats.ExitCode.ShouldBe(ExitCodes.Failed);
        stats.Errors.ShouldBe("nobody: no run of this project is recorded; `runmetrics stats` without --project lists those there are");
    }

    private async Task PutPhaseAsync(string id, string phase, int iteration, string start, string end, string outcome)
    {
        var answer = await PutAsync(
            $"runs/{_project}.1/metrics/{_project}.1.{id}",
            $$"""{"phase":"{{phase}}","iteration":{{iteration}},"started_at":"2026-01-12T{{start}}Z","ended_at":"2026-01-12T{{end}}Z","outcome":"{{outcome}}"}""");
        answer.Status.ShouldBe(System.Net.HttpStatusCode.Created, answer.Body);
    }

    [GeneratedRegex(@"\s+", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex Blanks();
}
