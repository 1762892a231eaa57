using System.Text;
using NUnit.Framework;
using RunMetrics.Domain.Facts;
using RunMetrics.Runner.Exit;
using RunMetrics.Tests.Runner.Support;
using RunMetrics.Tests.Support;
using Shouldly;

namespace RunMetrics.Tests.Runner.Commands;

/// <summary>Three projects: a has runs that started at 10, 13 and 14 o'clock, b at 12, c at 11.</summary>
[Parallelizable(ParallelScope.Self)]
public sealed class RunsCommandTests() : ApiFixture(DatabaseKind.Sqlite)
{
    private static readonly (string Run, int Hour, string Status)[] Runs =
    [
        ("a.1", 10, "succeeded"), ("c.1", 11, "failed"), ("b.1", 12, "failed"), ("a.2", 13, "running"), ("a.3", 14, "succeeded"),
    ];

    [OneTimeSetUp]
    public async Task RecordRunsAsync()
    {
        foreach (var (run, hour, status) in Runs)
        {
            var end = status == "running" ? "" : $",\"ended_at\":\"2026-01-12T{hour}:30:00Z\"";
            await PutAsync(
                $"runs/{run}",
                $$$"""{"project_id":"shop/{{{run[0]}}}","work_order_id":"wo-{{{run}}}","status":"{{{status}}}","started_at":"2026-01-12T{{{hour}}}:00:00Z"{{{end}}},"labels":{"model":"opus"}}""");
        }

        await PutAsync(
            "runs/a.3/metrics/m-1",
            """{"phase":"test","started_at":"2026-01-12T14:00:00Z","ended_at":"2026-01-12T14:00:00.4Z","outcome":"failed","metadata":{"reason":"tests_failed"}}""");
        await PutAsync("runs/a.3/metrics/m-2", """{"phase":"builder","iteration":2,"started_at":"2026-01-12T14:01:00Z"}""");
    }

    [TestCase("", "a.3 a.2 b.1 c.1 a.1")]
    [TestCase("--limit 2", "a.3 a.2")]
    [TestCase("--limit 3", "a.3 a.2 b.1")]
    [TestCase("--limit 4", "a.3 a.2 b.1 c.1")]
    [TestCase("--project shop/a --limit 2", "a.3 a.2")]
    [TestCase("--status failed", "b.1 c.1")]
    [TestCase("--status succeeded --until 2026-01-12T14:00:00Z --limit 1", "a.1")]
    [TestCase("--since 2026-01-12T12:00:00Z --label model=opus --project shop/b --work-order wo-b.1", "b.1")]
    [TestCase("--label model=other", "")]
    public async Task Runs_as_json_are_the_newest_as_the_api_answers_them(string options, string expected)
    {
        string[] asked = ["runs", "--json", .. options.Split(' ', StringSplitOptions.RemoveEmptyEntries)];

        var ofDatabase = await RunnerCommand.RunAsync([.. asked, "--database", Target]);
        var ofServer = await RunnerCommand.RunAsync([.. asked, "--server", Api.Address.AbsoluteUri]);

        var answers = new List<string>();
        foreach (var run in expected.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            answers.Add((await GetAsync($"runs/{run}")).Body);
        }

        ofDatabase.ShouldBe(new FinishedCommand(ExitCodes.Done, string.Join('\n', answers), ""));
        ofServer.ShouldBe(ofDatabase);
    }

    [TestCase("--database")]
    [TestCase("--server")]
    public async Task Runs_are_a_table_that_says_when_there_are_more(string source)
    {
        var runs = await RunnerCommand.RunAsync("runs", "--limit", "2", source, source == "--server" ? Api.Address.AbsoluteUri : Target);

        runs.ExitCode.ShouldBe(ExitCodes.Done, runs.Errors);
        runs.Output.Split('\n').Where(line => !string.IsNullOrWhiteSpace(line) && !line.Contains('─')).Select(Words).ShouldBe(
        [
            "run status started iterations seconds project work order",
            "a.3 succeeded 2026-01-12 14:00:00Z 2 0 shop/a wo-a.3",
            "a.2 running 2026-01-12 13:00:00Z 1 0 shop/a wo-a.2",
            "the newest 2; for more: --limit",
        ],
        StringComparer.Ordinal);
    }

    [TestCase("--database")]
    [TestCase("--server")]
    public async Task Runs_of_an_unknown_project_fail_and_say_where_the_known_ones_stand(string source)
    {
        var runs = await RunnerCommand.RunAsync("runs", "--project", "nobody", source, source == "--server" ? Api.Address.AbsoluteUri : Target);

        runs.ExitCode.ShouldBe(ExitCodes.Failed);
        runs.Errors.ShouldBe("nobody: no run of this project is recorded; `runmetrics runs` without --project lists those there are");
    }

    [Test]
    public async Task Runs_that_no_filter_lets_through_are_said_to_be_none()
    {
        var runs = await RunnerCommand.RunAsync("runs", "--status", "cancelled", "--database", Target);

        runs.ShouldBe(new FinishedCommand(ExitCodes.Done, "no run is recorded, or none that was asked for", ""));
    }

    [TestCase("--database")]
    [TestCase("--server")]
    public async Task Show_of_a_run_shows_it_with_its_phases(string source)
    {
        var shown = await RunnerCommand.RunAsync("show", "a.3", source, source == "--server" ? Api.Address.AbsoluteUri : Target);

        shown.ExitCode.ShouldBe(ExitCodes.Done, shown.Errors);
        shown.Output.Split('\n').Where(line => !string.IsNullOrWhiteSpace(line) && !line.Contains('─')).Select(Words).ShouldBe(
        [
            "run a.3 succeeded",
            "project shop/a, work order wo-a.3",
            "started 2026-01-12 14:00:00Z, ended 2026-01-12 14:30:00Z, 2 iterations",
            "labels: model = opus",
            "phase iteration outcome seconds notes",
            "test 1 failed 0.4 tests failed",
            "builder 2 open unknown",
            "total 0.4",
        ],
        StringComparer.Ordinal);
    }

    [TestCase("--database")]
    [TestCase("--server")]
    public async Task Show_as_json_prints_the_facts_of_the_run(string source)
    {
        var shown = await RunnerCommand.RunAsync("show", "--json", "a.3", source, source == "--server" ? Api.Address.AbsoluteUri : Target);

        var facts = shown.Output.Split('\n').Select(line => FactReader.ReadLine(Encoding.UTF8.GetBytes(line)).Fact).ToList();
        facts[0].ShouldBeOfType<RunFact>().Id.ShouldBe("a.3");
        facts.Skip(1).Select(fact => fact.ShouldBeOfType<PhaseMetricFact>().Id).ShouldBe(["m-1", "m-2"]);
    }

    [TestCase("--database", "none", ExitCodes.Failed, "none: no such run is recorded; `runmetrics runs` lists those there are")]
    [TestCase("--server", "none", ExitCodes.Failed, "none: no such run is recorded; `runmetrics runs` lists those there are")]
    [TestCase("--server", "a b", ExitCodes.BadUsage, "'a b' is not the id of a run; accepted: 1 to 128 of A-Z a-z 0-9 . _ : -.")]
    public async Task Show_of_no_run_is_refused(string source, string run, int exitCode, string message)
    {
        var shown = await RunnerCommand.RunAsync("show", run, source, source == "--server" ? Api.Address.AbsoluteUri : Target);

        shown.ShouldBe(new FinishedCommand(exitCode, "", message));
    }

    /// <summary>The words of a row, without borders and blanks.</summary>
    private static string Words(string row) => string.Join(' ', row.Split([' ', '│'], StringSplitOptions.RemoveEmptyEntries));
}
