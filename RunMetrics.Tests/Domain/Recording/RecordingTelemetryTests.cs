using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Globalization;
using NUnit.Framework;
using RunMetrics.Tests.Support;
using Shouldly;

namespace RunMetrics.Tests.Domain.Recording;

/// <summary>
/// The names and values are those of the OpenTelemetry semantic conventions for CI/CD. What is listened to is emitted by all recorders of the process.
/// </summary>
[NonParallelizable]
public sealed class RecordingTelemetryTests
{
    private readonly ConcurrentQueue<Activity> _spans = new();
    private RecorderRig _rig = null!;
    private ActivityListener _activities = null!;
    private Measurements _measurements = null!;

    [SetUp]
    public async Task ListenAsync()
    {
        _spans.Clear();
        _activities = new ActivityListener
        {
            ShouldListenTo = source => source.Name == RunMetricsTelemetry.Name,
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = _spans.Enqueue,
        };
        ActivitySource.AddActivityListener(_activities);
        _measurements = new Measurements("cicd.pipeline.run.duration", "runmetrics.recorder.failures");
        _rig = await RecorderRig.CreateAsync();
    }

    [TearDown]
    public async Task StopListeningAsync()
    {
        await _rig.DisposeAsync();
        _measurements.Dispose();
        _activities.Dispose();
    }

    [Test]
    public async Task CompleteAsync_a_run_with_a_phase_emits_their_spans_by_the_conventions()
    {
        var run = await _rig.Recorder.StartRunAsync("acme/shop", "wo-7", "run-1");
        var phase = await run.BeginPhaseAsync(RunPhase.Builder, iteration: 2);
        _rig.Clock.Advance(TimeSpan.FromSeconds(90.5));
        await phase.CompleteAsync(PhaseOutcome.Success);
        await run.CompleteAsync(RunStatus.Succeeded);

        var (phaseSpan, runSpan) = (_spans.First(), _spans.Last());
        _spans.Count.ShouldBe(2);
        runSpan.DisplayName.ShouldBe("RUN acme/shop");
        runSpan.Kind.ShouldBe(ActivityKind.Server);
        runSpan.Status.ShouldBe(ActivityStatusCode.Unset);
        Measurements.Text(runSpan.TagObjects).ShouldBe(
            "cicd.pipeline.action.name=RUN cicd.pipeline.name=acme/shop cicd.pipeline.result=success cicd.pipeline.run.id=run-1"
            + " runmetrics.work_order.id=wo-7");
        phaseSpan.DisplayName.ShouldBe("builder");
        phaseSpan.Kind.ShouldBe(ActivityKind.Internal);
        phaseSpan.TraceId.ShouldBe(runSpan.TraceId);
        phaseSpan.ParentSpanId.ShouldBe(runSpan.SpanId);
        Measurements.Text(phaseSpan.TagObjects).ShouldBe(
            $"cicd.pipeline.run.id=run-1 cicd.pipeline.task.name=builder cicd.pipeline.task.run.id={phase.Id} cicd.pipeline.task.run.result=success"
            + " runmetrics.iteration=2 runmetrics.outcome=success");
    }

    [Test]
    public async Task CompleteAsync_whatever_the_wall_clock_does_spans_metric_and_rows_agree()
    {
        await using var run = await _rig.Recorder.StartRunAsync("bop", "032");
        _rig.Clock.Step(TimeSpan.FromDays(-2));
        await using var phase = await run.BeginPhaseAsync(RunPhase.Test);
        _rig.Clock.Advance(TimeSpan.FromSeconds(61.5));
        _rig.Clock.Step(TimeSpan.FromDays(5));

        await phase.CompleteAsync(PhaseOutcome.Failed);
        await run.CompleteAsync(RunStatus.Failed);

        _spans.Select(span => span.Duration).ShouldBe([TimeSpan.FromSeconds(61.5), TimeSpan.FromSeconds(61.5)]);
        _spans.Select(span => $"{Iso(span.StartTimeUtc)}|{Iso(span.StartTimeUtc + span.Duration)}").ShouldBe(
        [
            .. _rig.Database.Rows("SELECT started_at, ended_at FROM run_phase_metrics"),
            .. _rig.Database.Rows("SELECT started_at, ended_at FROM runs"),
        ]);
        _rig.Database.Rows("SELECT duration_seconds FROM run_phase_metrics").ShouldBe(["62"]);
        _measurements.All.ShouldHaveSingleItem().Value.ShouldBe(61.5);
    }

    [TestCase(RunStatus.Succeeded, "success", null)]
    [TestCase(RunStatus.Failed, "failure", "_OTHER")]
    [TestCase(RunStatus.Cancelled, "cancellation", null)]
    public async Task CompleteAsync_a_run_is_measured_with_tags_of_low_cardinality(RunStatus status, string result, string? errorType)
    {
        await using var run = await _rig.Recorder.StartRunAsync("bop", "032");

        await run.CompleteAsync(status);

        var (instrument, _, tags) = _measurements.All.ShouldHaveSingleItem();
        instrument.Name.ShouldBe("cicd.pipeline.run.duration");
        instrument.Unit.ShouldBe("s");
        instrument.ShouldBeOfType<Histogram<double>>();
        var error = errorType is null ? "" : $" error.type={errorType}";
        tags.ShouldBe($"cicd.pipeline.name=bop cicd.pipeline.result={result} cicd.pipeline.run.state=executing{error}");
        _spans.ShouldHaveSingleItem().Status.ShouldBe(errorType is null ? ActivityStatusCode.Unset : ActivityStatusCode.Error);
    }

    [TestCase(PhaseOutcome.Success, "success", null)]
    [TestCase(PhaseOutcome.Approved, "success", null)]
    [TestCase(PhaseOutcome.Skipped, "skip", null)]
    [TestCase(PhaseOutcome.ChangesRequested, "failure", "changes_requested")]
    [TestCase(PhaseOutcome.Failed, "failure", "_OTHER")]
    public async Task CompleteAsync_a_phase_has_the_result_of_the_conventions(PhaseOutcome outcome, string result, string? errorType)
    {
        await using var run = await _rig.Recorder.StartRunAsync("bop", "032");
        await using var phase = await run.BeginPhaseAsync(RunPhase.Reviewer);

        await phase.CompleteAsync(outcome);

        var span = _spans.ShouldHaveSingleItem();
        span.GetTagItem("cicd.pipeline.task.run.result").ShouldBe(result);
        span.GetTagItem("error.type").ShouldBe(errorType);
        span.Status.ShouldBe(errorType is null ? ActivityStatusCode.Unset : ActivityStatusCode.Error);
    }

    [Test]
    public async Task RecordPhaseAsync_a_finished_phase_emits_a_span_of_its_time()
    {
        await using var run = await _rig.Recorder.StartRunAsync("bop", "032", "run-1");
        var startedAt = _rig.Clock.GetUtcNow();
        _rig.Clock.Advance(TimeSpan.FromSeconds(5));

        await _rig.Recorder.RecordPhaseAsync("run-1", RunPhase.Merge, 1, PhaseOutcome.Success, startedAt);

        var span = _spans.ShouldHaveSingleItem();
        span.DisplayName.ShouldBe("merge");
        span.Duration.ShouldBe(TimeSpan.FromSeconds(5));
    }

    [Test]
    public async Task BeginPhaseAsync_within_an_activity_of_the_caller_leaves_it_current()
    {
        using var callers = new Activity("caller").Start();

        await using var run = await _rig.Recorder.StartRunAsync("bop", "032");
        await using var phase = await run.BeginPhaseAsync(RunPhase.Builder);

        Activity.Current.ShouldBeSameAs(callers);
        await phase.CompleteAsync(PhaseOutcome.Success);
        await run.CompleteAsync(RunStatus.Succeeded);
        _spans.ShouldAllBe(span => span.TraceId == callers.TraceId);
    }

    [Test]
    public async Task AnyCall_a_store_that_fails_is_counted()
    {
        _rig.Store.Failure = _ => new IOException("The disk is gone.");

        await _rig.Recorder.StartRunAsync("bop", "032");

        var (instrument, value, tags) = _measurements.All.ShouldHaveSingleItem();
        instrument.Name.ShouldBe("runmetrics.recorder.failures");
        instrument.Unit.ShouldBe("{call}");
        value.ShouldBe(1);
        tags.ShouldBeEmpty();
    }

    private static string Iso(DateTime instant) => instant.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);
}
