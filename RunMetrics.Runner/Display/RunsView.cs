using System.Globalization;
using RunMetrics.Domain.Runs;
using RunMetrics.Runner.Runs;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace RunMetrics.Runner.Display;

/// <summary>Recorded runs: many as a list, one with its phases.</summary>
/// <param name="console">Where to show them.</param>
internal sealed class RunsView(IAnsiConsole console)
{
    private static readonly string[] Columns = ["run", "status", "started", "iterations", "seconds", "project", "work order"];

    /// <summary>Shows the newest runs: as a table where there is room for it, else in a few lines each.</summary>
    public void Show(Page<RunRecord> runs)
    {
        if (runs.Items.Count == 0)
        {
            Line("no run is recorded, or none that was asked for");
            return;
        }

        if (MakeTable(runs.Items) is var table && Measure(table) <= console.Profile.Width)
        {
            console.Write(table);
        }
        else
        {
            foreach (var run in runs.Items)
            {
                Head(run);
                Line($"  project {run.ProjectId}, work order {run.WorkOrderId}, started {Instant(run.StartedAt)}, {Iterations(run)}, {run.TotalSeconds} s");
            }
        }

        if (runs.HasMore)
        {
            Line(string.Create(CultureInfo.InvariantCulture, $"the newest {runs.Items.Count}; for more: --limit"));
        }
    }

    /// <summary>Shows a run with its phases.</summary>
    public void Show(RunHistory history)
    {
        var run = history.Run;
        Head(run);
        Line($"  project {run.ProjectId}, work order {run.WorkOrderId}");
        Line($"  started {Instant(run.StartedAt)}, {(run.EndedAt is { } end ? $"ended {Instant(end)}" : "not ended")}, {Iterations(run)}");
        if (run.Labels is { Count: > 0 } labels)
        {
            Line($"  labels: {string.Join(", ", labels.Select(label => $"{label.Key} = {PrintableText.Of(label.Value)}"))}");
        }

        console.Write(PhaseTable.Of([.. history.PhaseMetrics.Select(PhaseResult.Of)], console.Profile.Width));
    }

    private static Table MakeTable(IReadOnlyList<RunRecord> runs)
    {
        var table = new Table().Border(TableBorder.Simple);
        table.AddColumns([.. Columns.Select(name => new TableColumn(name).NoWrap().Padding(0, 1))]);
        table.Columns[3].RightAligned();
        table.Columns[4].RightAligned();
        foreach (var run in runs)
        {
            table.AddRow(
                new Text(run.Id),
                new Text(run.Status.Name(), ColorOf(run.Status)),
                new Text(Instant(run.StartedAt)),
                new Text(run.Iteration.ToString(CultureInfo.InvariantCulture)),
                new Text(run.TotalSeconds.ToString(CultureInfo.InvariantCulture)),
                new Text(run.ProjectId),
                new Text(run.WorkOrderId));
        }

        return table;
    }

    private int Measure(Table table) => ((IRenderable)table).Measure(RenderOptions.Create(console), int.MaxValue).Max;

    private void Head(RunRecord run) => Line($"run {run.Id} {run.Status.Name()}", ColorOf(run.Status));

    private void Line(string text, Color? color = null) => console.Write(new WrappedText(text, color ?? Color.Default));

    private static Color ColorOf(RunStatus status) => status switch
    {
        RunStatus.Succeeded => Color.Green,
        RunStatus.Failed => Color.Red,
        _ => Color.Grey,
    };

    private static string Instant(DateTimeOffset instant) => instant.ToString("u", CultureInfo.InvariantCulture);

    private static string Iterations(RunRecord run) =>
        string.Create(CultureInfo.InvariantCulture, $"{run.Iteration} {(run.Iteration == 1 ? "iteration" : "iterations")}");
}
