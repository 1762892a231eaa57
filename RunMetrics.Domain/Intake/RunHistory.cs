using RunMetrics.Domain.Phases;
using RunMetrics.Domain.Runs;

namespace RunMetrics.Domain.Intake;

/// <summary>What is recorded of a run so far; from it a run is resumed.</summary>
/// <param name="Run">The run.</param>
/// <param name="PhaseMetrics">Its phase metrics by start, then phase, then id.</param>
public sealed record RunHistory(RunRecord Run, IReadOnlyList<PhaseMetricRecord> PhaseMetrics);
