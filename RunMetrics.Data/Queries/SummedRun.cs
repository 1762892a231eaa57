using RunMetrics.Domain.Runs;

namespace RunMetrics.Data.Queries;

/// <summary>A run with what is counted of it, on the way to what is told of it.</summary>
internal sealed class SummedRun
{
    /// <summary>The run.</summary>
    public required Run Run { get; init; }

    /// <summary>The sum of every known duration of its phases, in seconds.</summary>
    public required long TotalSeconds { get; init; }
}
