namespace RunMetrics.Domain.Statistics;

/// <summary>How runs and their phases came out and what they took. Where there is no data a figure is null, never zero.</summary>
/// <param name="RepoId">The project; null over all projects.</param>
/// <param name="WindowStart">Only runs that started at or after this instant count; null for no such limit.</param>
/// <param name="WindowEnd">Only runs that started before this instant count; null for no such limit.</param>
/// <param name="AsOf">The instant whose knowledge the figures show; null for now.</param>
/// <param name="Runs">The runs by their status, and what they took.</param>
/// <param name="Iterations">How many iterations the runs took.</param>
/// <param name="Phases">All phases, in their order.</param>
/// <param name="Groups">The same for each value of a label; null where nothing was to be grouped.</param>
public sealed record RunMetricsStatistics(
    string? RepoId,
    DateTimeOffset? WindowStart,
    DateTimeOffset? WindowEnd,
    DateTimeOffset? AsOf,
    RunStatistics Runs,
    IterationStatistics Iterations,
    IReadOnlyList<PhaseStatistics> Phases,
    IReadOnlyList<GroupStatistics>? Groups);

/// <summary>How the runs with one value of a label came out, and what they took.</summary>
/// <param name="Label">The name of the label.</param>
/// <param name="Value">
/// The value of the label; null for all other runs together, those without the label among them. The values with most runs stand first, those with
/// equally many in the order of their bytes, and at most <see cref="MaxValues"/> by themselves.
/// </param>
/// <param name="Runs">The runs by their status, and what they took.</param>
/// <param name="Iterations">How many iterations the runs took.</param>
/// <param name="Phases">All phases, in their order.</param>
public sealed record GroupStatistics(
    string Label, string? Value, RunStatistics Runs, IterationStatistics Iterations, IReadOnlyList<PhaseStatistics> Phases)
{
    /// <summary>How many values stand by themselves, at most.</summary>
    public const int MaxValues = 50;
}

/// <summary>Runs by their status, and what they took.</summary>
/// <param name="Total">How many runs there are.</param>
/// <param name="Running">How many have not ended.</param>
/// <param name="Succeeded">How many ended as intended.</param>
/// <param name="Failed">How many ended without their result.</param>
/// <param name="Cancelled">How many were called off.</param>
/// <param name="SuccessRate">The succeeded over the succeeded and the failed, from 0 to 1; null where there is neither.</param>
/// <param name="TotalSeconds">Of the ended runs: the sum of the known durations of a run's phases, 0 for a run without any.</param>
public sealed record RunStatistics(
    long Total, long Running, long Succeeded, long Failed, long Cancelled, double? SuccessRate, Distribution TotalSeconds);

/// <summary>How many iterations runs took.</summary>
/// <param name="Mean">The mean of the runs' highest iterations; null without a run.</param>
/// <param name="Max">The highest iteration of any run; null without a run.</param>
/// <param name="RunsByIterations">How many runs took how many iterations, ascending.</param>
/// <param name="FirstPassApprovalRate">
/// The runs with a phase approved in iteration 1 over the runs with any verdict of a reviewer, from 0 to 1; null where there is no verdict.
/// </param>
public sealed record IterationStatistics(
    double? Mean, int? Max, IReadOnlyList<RunsOfIterations> RunsByIterations, double? FirstPassApprovalRate);

/// <summary>How many runs took so many iterations.</summary>
/// <param name="Iterations">The highest iteration of the runs, from 1.</param>
/// <param name="Runs">How many runs.</param>
public sealed record RunsOfIterations(int Iterations, long Runs);

/// <summary>How a phase came out and what it took.</summary>
/// <param name="Phase">The phase.</param>
/// <param name="Open">How many are open.</param>
/// <param name="Outcomes">How the closed ones came out.</param>
/// <param name="DurationSeconds">What the closed ones took whose duration is known and that were not skipped.</param>
/// <param name="ByIteration">The same for each iteration that occurs, ascending.</param>
public sealed record PhaseStatistics(
    RunPhase Phase, long Open, OutcomeCounts Outcomes, Distribution DurationSeconds, IReadOnlyList<PhaseIterationStatistics> ByIteration);

/// <summary>How a phase came out in an iteration and what it took.</summary>
/// <param name="Iteration">The iteration, from 1 to <see cref="FirstOfTheRest"/>.</param>
/// <param name="OrMore">True for the last, in which all iterations from <see cref="FirstOfTheRest"/> on stand together.</param>
/// <param name="Open">How many are open.</param>
/// <param name="Outcomes">How the closed ones came out.</param>
/// <param name="DurationSeconds">What the closed ones took whose duration is known and that were not skipped.</param>
public sealed record PhaseIterationStatistics(int Iteration, bool OrMore, long Open, OutcomeCounts Outcomes, Distribution DurationSeconds)
{
    /// <summary>From this iteration on all stand together.</summary>
    public const int FirstOfTheRest = 11;
}

/// <summary>How many closed phases came out how.</summary>
/// <param name="Success">How many did what they were for.</param>
/// <param name="Failed">How many did not.</param>
/// <param name="ChangesRequested">How many asked for another iteration.</param>
/// <param name="Approved">How many let the change through.</param>
/// <param name="Skipped">How many had nothing to do.</param>
public sealed record OutcomeCounts(long Success, long Failed, long ChangesRequested, long Approved, long Skipped);
