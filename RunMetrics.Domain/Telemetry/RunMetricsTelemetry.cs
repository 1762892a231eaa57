using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace RunMetrics;

/// <summary>
/// The one owner of RunMetrics' <see cref="ActivitySource"/> and <see cref="Meter"/>, both named <see cref="Name"/>. Names, units and values
/// follow the OpenTelemetry semantic conventions for CI/CD: a run is a pipeline run, a phase a task of it, the project the pipeline.
/// Attributes of metrics are low in cardinality; ids stand on spans only.
/// </summary>
public sealed class RunMetricsTelemetry
{
    /// <summary>The name to listen to.</summary>
    public const string Name = "RunMetrics";

    private const string FallbackErrorType = "_OTHER";

    /// <summary>Where all instruments of the domain are made.</summary>
    internal static readonly Meter Meter = new(Name);

    private static readonly ActivitySource Source = new(Name);

    private static readonly Histogram<double> RunDuration = Meter.CreateHistogram<double>(
        "cicd.pipeline.run.duration", "s", "Duration of a pipeline run grouped by pipeline, state and result.");

    private static readonly Counter<long> FailedCalls = Meter.CreateCounter<long>(
        "runmetrics.recorder.failures", "{call}", "Calls of the recorder whose facts the store did not take in time or at all.");

    private RunMetricsTelemetry()
    {
    }

    internal static Activity? StartRun(ActivityContext parent, string runId, string projectId, string workOrderId, DateTimeOffset startedAt)
    {
        var activity = Source.CreateActivity($"RUN {projectId}", ActivityKind.Server, parent, tags:
        [
            new("cicd.pipeline.action.name", "RUN"),
            new("cicd.pipeline.name", projectId),
            new("cicd.pipeline.run.id", runId),
            new("runmetrics.work_order.id", workOrderId),
        ]);
        return Start(activity, startedAt);
    }

    internal static Activity? StartPhase(Activity? run, string runId, string phaseId, RunPhase phase, int iteration, DateTimeOffset startedAt)
    {
        var activity = Source.CreateActivity(phase.Name(), ActivityKind.Internal, run?.Context ?? default, tags:
        [
            new("cicd.pipeline.run.id", runId),
            new("cicd.pipeline.task.name", phase.Name()),
            new("cicd.pipeline.task.run.id", phaseId),
            new("runmetrics.iteration", iteration),
        ]);
        return Start(activity, startedAt);
    }

    internal static void EndPhase(Activity? activity, PhaseOutcome outcome, DateTimeOffset endedAt, string? exceptionType = null)
    {
        var (result, errorType) = outcome switch
        {
            PhaseOutcome.Success or PhaseOutcome.Approved => ("success", null),
            PhaseOutcome.Skipped => ("skip", null),
            PhaseOutcome.ChangesRequested => ("failure", outcome.Name()),
            _ => ("failure", exceptionType ?? FallbackErrorType),
        };
        activity?.SetTag("cicd.pipeline.task.run.result", result);
        activity?.SetTag("runmetrics.outcome", outcome.Name());
        End(activity, errorType, endedAt);
    }

    internal static void EndRun(Activity? activity, string projectId, RunStatus status, DateTimeOffset startedAt, DateTimeOffset endedAt)
    {
        var (result, errorType) = status switch
        {
            RunStatus.Succeeded => ("success", null),
            RunStatus.Cancelled => ("cancellation", null),
            _ => ("failure", FallbackErrorType),
        };
        activity?.SetTag("cicd.pipeline.result", result);
        End(activity, errorType, endedAt);

        var tags = new TagList
        {
            { "cicd.pipeline.name", projectId },
            { "cicd.pipeline.run.state", "executing" },
            { "cicd.pipeline.result", result },
        };
        if (errorType is not null)
        {
            tags.Add("error.type", errorType);
        }

        RunDuration.Record((endedAt - startedAt).TotalSeconds, tags);
    }

    internal static void CountFailedCall() => FailedCalls.Add(1);

    private static Activity? Start(Activity? activity, DateTimeOffset startedAt) =>
        activity?.SetStartTime(startedAt.UtcDateTime).Start();

    private static void End(Activity? activity, string? errorType, DateTimeOffset endedAt)
    {
        if (errorType is not null)
        {
            activity?.SetTag("error.type", errorType);
            activity?.SetStatus(ActivityStatusCode.Error);
        }

        activity?.SetEndTime(endedAt.UtcDateTime);
        activity?.Stop();
    }
}
