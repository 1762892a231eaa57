namespace RunMetrics.Domain.Runs;

/// <summary>A part of a longer list.</summary>
/// <typeparam name="T">What is listed.</typeparam>
/// <param name="Items">The part, in the order of the list.</param>
/// <param name="HasMore">True when the list goes on after the last item.</param>
public sealed record Page<T>(IReadOnlyList<T> Items, bool HasMore);

/// <summary>A place in the list of runs by start, then id.</summary>
/// <param name="StartedAt">When the run there started, UTC.</param>
/// <param name="Id">The id of the run there, which need not exist any more.</param>
public sealed record RunPosition(DateTimeOffset StartedAt, string Id);

/// <summary>A project that has runs.</summary>
/// <param name="Id">The id of the project.</param>
/// <param name="TotalRuns">How many runs it has, whatever their status; at least one.</param>
/// <param name="LastStartedAt">When the newest of them started, UTC.</param>
public sealed record ProjectRecord(string Id, long TotalRuns, DateTimeOffset LastStartedAt);
