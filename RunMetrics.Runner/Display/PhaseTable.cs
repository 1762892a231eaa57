using System.Globalization;
using RunMetrics.Domain.Runs;
using Spectre.Console;

namespace RunMetrics.Runner.Display;

/// <summary>The recorded phases of a run as a table.</summary>
internal static class PhaseTable
{
    /// <summary>The table of a run.</summary>
    public static Table Of(RunHistory history)
    {
        var table = new Table().Border(TableBorder.Rounded);
        table.AddColumns("phase", "iteration", "outcome", "seconds", "notes");
        table.Columns[1].RightAligned();
        table.Columns[3].RightAligned();
        foreach (var metric in history.PhaseMetrics)
        {
            table.AddRow(
                new Text(metric.Phase.Name()),
                new Text(metric.Iteration.ToString(CultureInfo.InvariantCulture)),
                metric.Outcome is { } outcome ? new Text(outcome.Name(), Style.Parse(ColorOf(outcome))) : new Text("open"),
                new Text(metric.DurationSeconds?.ToString(CultureInfo.InvariantCulture) ?? "unknown"),
                new Text(DisplayText.Notes(metric.Metadata)));
        }

        return table;
    }

    /// <summary>The colour in which an outcome is shown.</summary>
    public static string ColorOf(PhaseOutcome outcome) => outcome switch
    {
        PhaseOutcome.Success or PhaseOutcome.Approved => "green",
        PhaseOutcome.ChangesRequested => "yellow",
        PhaseOutcome.Failed => "red",
        _ => "grey",
    };
}
