using System.CommandLine;
using RunMetrics.Domain.Facts;
using RunMetrics.Domain.Runs;
using RunMetrics.Runner.Exit;

namespace RunMetrics.Runner.Commands;

/// <summary>The options that say which recorded runs are meant.</summary>
/// <param name="ofProject">What <c>--project</c> says, and its default.</param>
internal sealed class RunFilterOptions(string ofProject)
{
    private readonly Option<string?> _project = CommandOptions.MakeProject(ofProject);
    private readonly Option<string?> _workOrder = CommandOptions.MakeWorkOrder("Only runs of this work order");
    private readonly Option<RunStatus?> _status = CommandOptions.MakeStatus("Only runs that stand there: running, succeeded, failed or cancelled");
    private readonly Option<DateTimeOffset?> _since =
        CommandOptions.MakeInstant("--since", "Only runs that started at or after this instant, such as 2026-01-12T00:00:00Z");
    private readonly Option<DateTimeOffset?> _until = CommandOptions.MakeInstant("--until", "Only runs that started before this instant");
    private readonly Option<IReadOnlyDictionary<string, string>?> _labels =
        CommandOptions.MakeLabels("Only runs with this label, such as model=opus; may be repeated, then all must hold");

    /// <summary>The options, in the order of the help.</summary>
    public IEnumerable<Option> All => [_project, _workOrder, _status, _since, _until, _labels];

    /// <summary>What they say.</summary>
    /// <exception cref="RefusedException">The window ends before it begins.</exception>
    public RunFilter Read(ParseResult parsed)
    {
        var filter = new RunFilter
        {
            ProjectId = parsed.GetValue(_project),
            WorkOrderId = parsed.GetValue(_workOrder),
            Status = parsed.GetValue(_status),
            Since = parsed.GetValue(_since),
            Until = parsed.GetValue(_until),
            Labels = [.. parsed.GetValue(_labels) ?? RunLabels.None],
        };
        CommandOptions.RequireWindow(filter.Since, filter.Until);
        return filter;
    }
}
