using System.Globalization;
using RunMetrics.Domain.Runs;
using RunMetrics.Domain.Statistics;
using Spectre.Console;

namespace RunMetrics.Runner.Display;

/// <summary>Statistics as tables with the unit in their heads, and a bar for each percentile.</summary>
/// <param name="console">Where to show them.</param>
internal sealed class StatisticsView(IAnsiConsole console)
{
    private const int MaxProjects = 20;
    private const int LengthOfBars = 48;
    private const string PartsOfABlock = "▏▎▍▌▋▊▉";
    private const string EndedRuns = "ended runs";

    /// <summary>Shows statistics, then those of each group.</summary>
    /// <param name="statistics">The figures.</param>
    /// <param name="filter">The runs that were asked for.</param>
    public void Show(RunMetricsStatistics statistics, RunFilter filter)
    {
        Show(DescribeScope(statistics, filter), statistics.Runs, statistics.Iterations, statistics.Phases);
        foreach (var group in statistics.Groups ?? [])
        {
            Show(group.Value is null ? $"{group.Label} of all other runs" : $"{group.Label} = {PrintableText.Of(group.Value)}", group.Runs, group.Iterations, group.Phases);
        }
    }

    /// <summary>Shows the first projects and says when there are more.</summary>
    public async Task ShowProjectsAsync(IAsyncEnumerable<ProjectRecord> projects, CancellationToken cancellationToken)
    {
        var table = MakeTable("project", "runs", "last started");
        await foreach (var project in projects.Take(MaxProjects + 1).WithCancellation(cancellationToken))
        {
            if (table.Rows.Count == MaxProjects)
            {
                table.Caption($"the first {MaxProjects}, by id; there are more");
                break;
            }

            table.AddRow(new Text(project.Id), Number(project.TotalRuns), new Text(project.LastStartedAt.ToString("u", CultureInfo.InvariantCulture)));
        }

        Head("projects (one of them: --project ID)");
        console.Write(table);
    }

    private void Show(string scope, RunStatistics runs, IterationStatistics iterations, IReadOnlyList<PhaseStatistics> phases)
    {
        Head($"{scope}: {runs.Total} {(runs.Total == 1 ? "run" : "runs")}");
        ShowRuns(runs, iterations);
        ShowDurations(runs, phases);
        ShowBars(runs, phases);
        ShowOutcomes(phases);
    }

    private void ShowRuns(RunStatistics runs, IterationStatistics iterations)
    {
        Line($"{runs.Succeeded} succeeded, {runs.Failed} failed, {runs.Cancelled} cancelled, {runs.Running} running; success rate {Percent(runs.SuccessRate)}");
        Line($"iterations: mean {Decimal(iterations.Mean)}, max {Decimal(iterations.Max)}; approved at first pass {Percent(iterations.FirstPassApprovalRate)}");
        if (iterations.RunsByIterations.Count > 0)
        {
            Line($"runs by iterations: {string.Join(", ", iterations.RunsByIterations.Select(cell => $"{cell.Runs} with {cell.Iterations}"))}");
        }
    }

    private void ShowDurations(RunStatistics runs, IReadOnlyList<PhaseStatistics> phases)
    {
        var table = MakeTable("duration of", "iteration", "count", "mean s", "stddev s", "min s", "p50 s", "p90 s", "p95 s", "max s");
        foreach (var row in RowsOf(phases))
        {
            AddRow(row.Phase, row.Iteration, row.DurationSeconds);
        }

        AddRow(EndedRuns, "", runs.TotalSeconds);
        console.Write(table);

        void AddRow(string name, string iteration, Distribution durations)
        {
            double?[] figures =
            [
                durations.Count, durations.Mean, durations.Stddev, durations.Min, durations.P50, durations.P90, durations.P95, durations.Max,
            ];
            table.AddRow([new Text(name), new Text(iteration), .. figures.Select(Number)]);
        }
    }

    private void ShowBars(RunStatistics runs, IReadOnlyList<PhaseStatistics> phases)
    {
        var durations = phases.Select(phase => (Name: phase.Phase.Name(), Seconds: phase.DurationSeconds)).Append((Name: EndedRuns, Seconds: runs.TotalSeconds))
            .Where(named => named.Seconds.Count > 0)
            .ToList();
        if (durations.Count == 0)
        {
            return;
        }

        var longest = durations.Max(named => named.Seconds.P95!.Value);
        var table = MakeTable("duration of", "", "s", "");
        table.Columns[^1].LeftAligned();
        foreach (var (name, distribution) in durations)
        {
            AddRow(name, "p50", distribution.P50!.Value, Color.Green);
            AddRow("", "p90", distribution.P90!.Value, Color.Yellow);
            AddRow("", "p95", distribution.P95!.Value, Color.Red);
        }

        console.Write(table);

        void AddRow(string name, string percentile, double seconds, Color color) =>
            table.AddRow(new Text(name), new Text(percentile), Number(seconds), new Text(Bar(longest == 0 ? 0 : seconds / longest), color));
    }

    private void ShowOutcomes(IReadOnlyList<PhaseStatistics> phases)
    {
        var table = MakeTable("outcomes of", "iteration", "open", "success", "failed", "changes\nrequested", "approved", "skipped");
        foreach (var row in RowsOf(phases))
        {
            double?[] figures =
            [
                row.Open, row.Outcomes.Success, row.Outcomes.Failed, row.Outcomes.ChangesRequested, row.Outcomes.Approved, row.Outcomes.Skipped,
            ];
            table.AddRow([new Text(row.Phase), new Text(row.Iteration), .. figures.Select(Number)]);
        }

        console.Write(table);
    }

    /// <summary>A row for each phase, and below it one for each of its iterations where there are several.</summary>
    private static IEnumerable<(string Phase, string Iteration, long Open, OutcomeCounts Outcomes, Distribution DurationSeconds)> RowsOf(
        IReadOnlyList<PhaseStatistics> phases)
    {
        foreach (var phase in phases)
        {
            var (name, iterations) = (phase.Phase.Name(), phase.ByIteration);
            yield return (name, iterations is [var only] ? NameOf(only) : "all", phase.Open, phase.Outcomes, phase.DurationSeconds);
            foreach (var iteration in iterations.Count > 1 ? iterations : [])
            {
                yield return ("", NameOf(iteration), iteration.Open, iteration.Outcomes, iteration.DurationSeconds);
            }
        }

        static string NameOf(PhaseIterationStatistics iteration) =>
            string.Create(CultureInfo.InvariantCulture, $"{iteration.Iteration}{(iteration.OrMore ? "+" : "")}");
    }

    /// <summary>A bar of blocks, to an eighth of one.</summary>
    private static string Bar(double fraction)
    {
        var eighths = (int)Math.Round(fraction * LengthOfBars * 8);
        return new string('█', eighths / 8) + (eighths % 8 == 0 ? "" : PartsOfABlock[(eighths % 8) - 1]);
    }

    private static string DescribeScope(RunMetricsStatistics statistics, RunFilter filter)
    {
        string?[] parts =
        [
            statistics.RepoId ?? "all projects",
            filter.WorkOrderId is { } workOrder ? $"work order {workOrder}" : null,
            filter.Status?.Name(),
            .. filter.Labels.Select(label => $"{label.Key} = {PrintableText.Of(label.Value)}"),
            statistics.WindowStart is { } start ? $"since {start:u}" : null,
            statistics.WindowEnd is { } end ? $"until {end:u}" : null,
            statistics.AsOf is { } asOf ? $"as of {asOf:u}" : null,
        ];
        return string.Join(", ", parts.OfType<string>());
    }

    /// <summary>A table whose first column is text and whose others are figures.</summary>
    private static Table MakeTable(params string[] columns)
    {
        var table = new Table().Border(TableBorder.Simple);
        table.AddColumns([.. columns.Select(name => new TableColumn(name).NoWrap().Padding(0, 1))]);
        foreach (var column in table.Columns.Skip(1))
        {
            column.RightAligned();
        }

        return table;
    }

    private void Head(string text) => console.Write(new Text($"\n{text}\n", new Style(decoration: Decoration.Bold)));

    private void Line(string text) => console.Write(new Text($"{text}\n"));

    private static Text Number(double? figure) => new(Decimal(figure));

    /// <summary>A figure with one decimal at most; a dash where there is no data.</summary>
    private static string Decimal(double? figure) => figure?.ToString("0.#", CultureInfo.InvariantCulture) ?? "-";

    private static string Percent(double? rate) => rate is null ? "-" : $"{Decimal(rate * 100)} %";
}
