using System.Globalization;
using System.Text.Json;
using RunMetrics.Domain.Vocabulary;
using RunMetrics.Runner.Loop;

namespace RunMetrics.Runner.Output;

/// <summary>What is said of the transitions of a run.</summary>
internal static class DisplayText
{
    /// <summary>That a run starts or goes on.</summary>
    public static string Start(RunPlan plan, Step? from) =>
        $"run {plan.RunId} {(from is null ? "started" : $"resumed at {Name(from)}")}: work order {plan.WorkOrderId}, project {plan.ProjectId}, "
        + $"base {plan.BaseBranch} of {plan.Repository}";

    /// <summary>A step by its name, such as <c>builder, iteration 2</c>.</summary>
    public static string Name(Step step) => string.Create(CultureInfo.InvariantCulture, $"{step.Phase.Name()}, iteration {step.Iteration}");

    /// <summary>That a phase has ended.</summary>
    public static string End(Step step, PhaseOutcome outcome, TimeSpan elapsed, JsonElement metadata)
    {
        var notes = NotesText.Of(metadata);
        return $"{Name(step)}: {outcome.Name()} in {NotesText.Seconds(elapsed.TotalSeconds)}{(notes.Length > 0 ? $" ({notes})" : "")}";
    }
}
