using RunMetrics.Domain.Runs;

namespace RunMetrics.Data.Databases;

/// <summary>What is needed again and again to write. Disposing closes it.</summary>
internal abstract class WriteConnection : IDisposable
{
    /// <summary>Begins a transaction; it is rolled back when it is disposed of and was not committed.</summary>
    public abstract ValueTask<WriteTransaction> BeginAsync(CancellationToken cancellationToken);

    /// <inheritdoc />
    public abstract void Dispose();
}

/// <summary>A transaction that reads what facts speak of, and writes what follows.</summary>
internal abstract class WriteTransaction : IAsyncDisposable
{
    /// <summary>Reads what is stored. Until the end of the transaction nobody else changes these runs and what belongs to them.</summary>
    /// <param name="wanted">What to read.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    public abstract ValueTask<StoredRows> LoadAsync(WantedRows wanted, CancellationToken cancellationToken);

    /// <summary>Writes what is new and what moved forward.</summary>
    public abstract ValueTask SaveAsync(ChangedRows changes, CancellationToken cancellationToken);

    /// <summary>The sum of every known duration of a run's phases, in seconds, by run.</summary>
    public abstract ValueTask<IReadOnlyDictionary<string, long>> SumDurationsAsync(IReadOnlyCollection<string> runIds, CancellationToken cancellationToken);

    /// <summary>Deletes runs with their phase metrics and, by the cascade, their labels.</summary>
    /// <returns>How many phase metrics they had.</returns>
    public abstract ValueTask<long> DeleteRunsAsync(IReadOnlyCollection<string> runIds, CancellationToken cancellationToken);

    /// <summary>Makes it durable.</summary>
    public abstract ValueTask CommitAsync();

    /// <inheritdoc />
    public abstract ValueTask DisposeAsync();
}

/// <summary>What facts speak of, by id.</summary>
/// <param name="Runs">The runs.</param>
/// <param name="LabelledRuns">Those of them whose labels are wanted too.</param>
/// <param name="PhaseMetrics">The phase metrics.</param>
internal sealed record WantedRows(IReadOnlyCollection<string> Runs, IReadOnlyCollection<string> LabelledRuns, IReadOnlyCollection<string> PhaseMetrics);

/// <summary>What of it is stored.</summary>
/// <param name="Runs">The runs.</param>
/// <param name="Labels">The labels.</param>
/// <param name="PhaseMetrics">The phase metrics.</param>
internal sealed record StoredRows(IReadOnlyCollection<Run> Runs, IReadOnlyCollection<RunLabel> Labels, IReadOnlyCollection<RunPhaseMetric> PhaseMetrics);

/// <summary>What is to be written. Nothing is both new and changed.</summary>
/// <param name="NewRuns">Runs that are not stored.</param>
/// <param name="ChangedRuns">Runs of which status, iteration or end are to be written.</param>
/// <param name="NewLabels">Labels that are not stored.</param>
/// <param name="NewPhaseMetrics">Phase metrics that are not stored.</param>
/// <param name="ChangedPhaseMetrics">Phase metrics of which the end, the outcome or the metadata are to be written.</param>
internal sealed record ChangedRows(
    IReadOnlyCollection<Run> NewRuns,
    IReadOnlyCollection<Run> ChangedRuns,
    IReadOnlyCollection<RunLabel> NewLabels,
    IReadOnlyCollection<RunPhaseMetric> NewPhaseMetrics,
    IReadOnlyCollection<RunPhaseMetric> ChangedPhaseMetrics)
{
    /// <summary>The properties of a run that may change once it is stored.</summary>
    public static readonly IReadOnlyList<string> PropertiesOfRuns = [nameof(Run.Status), nameof(Run.Iteration), nameof(Run.EndedAt)];

    /// <summary>The properties of a phase metric that may change once it is stored.</summary>
    public static readonly IReadOnlyList<string> PropertiesOfPhaseMetrics =
    [
        nameof(RunPhaseMetric.EndedAt), nameof(RunPhaseMetric.DurationSeconds), nameof(RunPhaseMetric.Outcome), nameof(RunPhaseMetric.Metadata),
    ];
}
