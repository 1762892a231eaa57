using NUnit.Framework;
using RunMetrics.Tests.Support;
using Shouldly;

namespace RunMetrics.Tests.Domain.Recording;

public sealed class CallerMistakesTests
{
    private RecorderRig _rig = null!;
    private RunRecording _run = null!;

    private static IEnumerable<TestCaseData> UnacceptableMetadata()
    {
        var cycle = new Dictionary<string, object>(StringComparer.Ordinal);
        cycle["self"] = cycle;
        yield return new TestCaseData(cycle).SetArgDisplayNames("a cycle");
        yield return new TestCaseData("text").SetArgDisplayNames("text");
        yield return new TestCaseData(Enumerable.Range(1, 2)).SetArgDisplayNames("an array");
        yield return new TestCaseData(new { rate = double.NaN }).SetArgDisplayNames("no number");
        yield return new TestCaseData(new { type = typeof(string) }).SetArgDisplayNames("a type");
        yield return new TestCaseData(new Throwing()).SetArgDisplayNames("a property that throws");
        yield return new TestCaseData(new { text = new string('x', 16 * 1024) }).SetArgDisplayNames("more than 16 KiB");
    }

    [SetUp]
    public async Task StartRunAsync()
    {
        _rig = await RecorderRig.CreateAsync();
        _run = await _rig.Recorder.StartRunAsync("bop", "032", "run-1");
    }

    [TearDown]
    public async Task DisposeRigAsync()
    {
        await _run.DisposeAsync();
        await _rig.DisposeAsync();
    }

    [TestCase("no spaces", "032", "run-2", "project_id is 'no spaces'")]
    [TestCase("bop", "no spaces", "run-2", "work_order_id is 'no spaces'")]
    [TestCase("bop", "032", "", "id is ''")]
    [TestCase(null, "032", "run-2", "project_id is missing")]
    public async Task StartRunAsync_an_unacceptable_id_throws_and_stores_nothing(string? project, string workOrder, string id, string expected)
    {
        var exception = await Should.ThrowAsync<ArgumentException>(_rig.Recorder.StartRunAsync(project!, workOrder, id));

        exception.Message.ShouldContain(expected);
        _rig.Runs().ShouldBe(["run-1|running|0"]);
    }

    [TestCase(0)]
    [TestCase(-1)]
    public async Task BeginPhaseAsync_an_iteration_below1_throws_and_stores_nothing(int iteration)
    {
        var exception = await Should.ThrowAsync<ArgumentException>(_run.BeginPhaseAsync(RunPhase.Builder, iteration));

        exception.Message.ShouldContain($"iteration is '{iteration}'; accepted: a whole number from 1 to 2147483647.");
        _rig.Phases().ShouldBeEmpty();
    }

    [Test]
    public async Task BeginPhaseAsync_a_phase_outside_the_vocabulary_throws() =>
        await Should.ThrowAsync<ArgumentException>(_run.BeginPhaseAsync((RunPhase)17));

    [TestCaseSource(nameof(UnacceptableMetadata))]
    public async Task CompleteAsync_unacceptable_metadata_throws_and_leaves_the_phase_open(object metadata)
    {
        await using var phase = await _run.BeginPhaseAsync(RunPhase.Builder);

        var exception = await Should.ThrowAsync<ArgumentException>(phase.CompleteAsync(PhaseOutcome.Success, metadata));

        exception.Message.ShouldContain("metadata");
        _rig.Phases().ShouldBe(["builder|1|NULL|0|NULL"]);
        await phase.CompleteAsync(PhaseOutcome.Success);
        _rig.Phases().ShouldBe(["builder|1|success|1|NULL"]);
    }

    [Test]
    public async Task CompleteAsync_a_verdict_of_another_phase_than_reviewer_throws()
    {
        await using var phase = await _run.BeginPhaseAsync(RunPhase.Test);

        var exception = await Should.ThrowAsync<ArgumentException>(phase.CompleteAsync(PhaseOutcome.Approved));

        exception.Message.ShouldContain("verdicts belong to the phase reviewer");
    }

    [Test]
    public async Task CompleteAsync_another_outcome_than_before_throws_and_keeps_the_first()
    {
        await using var phase = await _run.BeginPhaseAsync(RunPhase.Builder);
        await phase.CompleteAsync(PhaseOutcome.Success);

        var exception = await Should.ThrowAsync<InvalidOperationException>(phase.CompleteAsync(PhaseOutcome.Failed));

        exception.Message.ShouldBe("The phase builder came out as success; it cannot come out as failed too.");
        _rig.Phases().ShouldBe(["builder|1|success|1|NULL"]);
    }

    [Test]
    public async Task CompleteAsync_another_status_than_before_throws_and_keeps_the_first()
    {
        await _run.CompleteAsync(RunStatus.Cancelled);

        var exception = await Should.ThrowAsync<InvalidOperationException>(_run.CompleteAsync(RunStatus.Succeeded));

        exception.Message.ShouldBe("The run run-1 has ended as cancelled; it cannot end as succeeded too.");
        _rig.Runs().ShouldBe(["run-1|cancelled|1"]);
    }

    [Test]
    public async Task CompleteAsync_running_throws() =>
        await Should.ThrowAsync<ArgumentException>(_run.CompleteAsync(RunStatus.Running));

    [Test]
    public async Task CompleteAsync_two_outcomes_at_the_same_moment_tells_exactly_one_caller()
    {
        for (var i = 0; i < 20; i++)
        {
            await using var phase = await _run.BeginPhaseAsync(RunPhase.Builder);
            using var together = new Barrier(2);

            var told = await Task.WhenAll(new[] { PhaseOutcome.Success, PhaseOutcome.Skipped }.Select(outcome => Task.Run(async () =>
            {
                together.SignalAndWait();
                try
                {
                    await phase.CompleteAsync(outcome);
                    return false;
                }
                catch (InvalidOperationException)
                {
                    return true;
                }
            })));

            told.Count(wasTold => wasTold).ShouldBe(1);
        }
    }

    [TestCase(0, "iteration is '0'")]
    [TestCase(1, "an instant not more than a day in the future", 2)]
    [TestCase(1, "an instant at most 2147483647 s after started_at", -700_000)]
    public async Task RecordPhaseAsync_an_unacceptable_argument_throws_and_stores_nothing(int iteration, string expected, int startsInDays = 0)
    {
        var startedAt = _rig.Clock.GetUtcNow().AddDays(startsInDays);

        var exception = await Should.ThrowAsync<ArgumentException>(
            _rig.Recorder.RecordPhaseAsync("run-1", RunPhase.Test, iteration, PhaseOutcome.Success, startedAt));

        exception.Message.ShouldContain(expected);
        _rig.Phases().ShouldBeEmpty();
        _rig.Recorder.FailedCalls.ShouldBe(0);
    }

    private sealed class Throwing
    {
#pragma warning disable CA1822, CA1065 // A property of an object whose author made a mistake.
        public int Count => throw new KeyNotFoundException("No count.");
#pragma warning restore CA1822, CA1065
    }
}
