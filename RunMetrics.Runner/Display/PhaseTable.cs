using System.Globalization;
using RunMetrics.Runner.Runs;
using Spectre.Console;

namespace RunMetrics.Runner.Display;

/// <summary>The phases of a run as a table, with what they took together below.</summary>
internal static class PhaseTable
{
    // Below it borders and padding would leave the notes no room.
    private const int LeastWidthForBorders = 76;

    /// <summary>The table of a run.</summary>
    /// <param name="phases">Its phases, in the order in which they are shown.</param>
    /// <param name="width">How many columns there are for it. From 50 on no word is broken that fits into the notes.</param>
    public static Table Of(IReadOnlyCollection<PhaseResult> phases, int width)
    {
        var isNarrow = width < LeastWidthForBorders;
        var table = new Table().Border(isNarrow ? TableBorder.Simple : TableBorder.Rounded);
        foreach (var name in new[] { "phase", "iteration", "outcome", "seconds", "notes" })
        {
            var column = new TableColumn(name) { NoWrap = name != "notes" };
            table.AddColumn(isNarrow ? column.Padding(0, 0) : column);
        }

        table.Columns[1].RightAligned();
        table.Columns[3].RightAligned();
        foreach (var phase in phases)
        {
            table.AddRow(
                new Text(phase.Step.Phase.Name()),
                new Text(phase.Step.Iteration.ToString(CultureInfo.InvariantCulture)),
                new Text(Describe(phase.Outcome, isNarrow), new Style(ColorOf(phase.Outcome))),
                new Text(phase.Elapsed is { } elapsed ? DisplayText.Duration(elapsed) : "unknown"),
                new Text(DisplayText.Notes(phase.Metadata)));
        }

        table.Columns[0].Footer("total");
        table.Columns[3].Footer(DisplayText.Duration(phases.Aggregate(TimeSpan.Zero, (sum, phase) => sum + (phase.Elapsed ?? TimeSpan.Zero))));
        return table;
    }

    /// <summary>The colour in which an outcome is shown.</summary>
    public static Color ColorOf(PhaseOutcome? outcome) => outcome switch
    {
        PhaseOutcome.Success or PhaseOutcome.Approved => Color.Green,
        PhaseOutcome.ChangesRequested => Color.Yellow,
        PhaseOutcome.Failed => Color.Red,
        _ => Color.Grey,
    };

    private static string Describe(PhaseOutcome? outcome, bool isNarrow) =>
        outcome?.Name().Replace('_', isNarrow ? '\n' : ' ') ?? "open";
}
