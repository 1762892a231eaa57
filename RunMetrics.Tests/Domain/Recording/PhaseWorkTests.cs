using NUnit.Framework;
using RunMetrics.Tests.Support;
using Shouldly;

namespace RunMetrics.Tests.Domain.Recording;

/// <summary>A phase around a piece of work, what is added to it on the way, and exceptions as its end.</summary>
public sealed class PhaseWorkTests
{
    private const string BrokenBuild =
        """{"reason":"exception","exception_type":"System.InvalidOperationException","exception_message":"The build is broken."}""";

    private RecorderRig _rig = null!;
    private RunRecording _run = null!;

    private static IEnumerable<TestCaseData> Messages()
    {
        yield return new TestCaseData("The build is broken.", "The build is broken.").SetArgDisplayNames("one line");
        yield return new TestCaseData("The build\r\nis broken.", "The build").SetArgDisplayNames("two lines");
        yield return new TestCaseData("\nThe build\nis broken.", "The build").SetArgDisplayNames("an empty line first");
        yield return new TestCaseData(new string('x', 501), new string('x', 500)).SetArgDisplayNames("longer than 500");
        yield return new TestCaseData($"{new string('x', 499)}😀", new string('x', 499)).SetArgDisplayNames("half a character at the cut");
        yield return new TestCaseData("", "").SetArgDisplayNames("nothing");
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

    [Test]
    public async Task PhaseAsync_work_that_returns_is_a_success()
    {
        var files = await _run.PhaseAsync(RunPhase.Builder, iteration: 2, async phase =>
        {
            _rig.Phases().ShouldBe(["builder|2|NULL|0|NULL"]);
            _rig.Clock.Advance(TimeSpan.FromSeconds(90));
            await phase.AddMetadataAsync(new { files_changed = 3 });
            return 3;
        });

        files.ShouldBe(3);
        _rig.Phases().ShouldBe(["builder|2|success|1|{\"files_changed\":3}"]);
        _rig.Database.Rows("SELECT duration_seconds FROM run_phase_metrics").ShouldBe(["90"]);
    }

    [Test]
    public async Task PhaseAsync_work_that_completes_its_phase_keeps_that_outcome()
    {
        await _run.PhaseAsync(RunPhase.Reviewer, 1, phase => phase.CompleteAsync(PhaseOutcome.ChangesRequested, new { findings = 2 }));

        _rig.Phases().ShouldBe(["reviewer|1|changes_requested|1|{\"findings\":2}"]);
    }

    [Test]
    public async Task PhaseAsync_work_that_throws_is_recorded_with_the_exception_that_is_thrown_on()
    {
        var thrown = new InvalidOperationException("The build is broken.");

        var caught = await Should.ThrowAsync<InvalidOperationException>(_run.PhaseAsync(RunPhase.Builder, 1, phase => throw thrown));

        caught.ShouldBeSameAs(thrown);
        _rig.Phases().ShouldBe([$"builder|1|failed|1|{BrokenBuild}"]);
    }

    [Test]
    public async Task PhaseAsync_work_that_throws_after_it_completed_its_phase_keeps_that_outcome()
    {
        await Should.ThrowAsync<InvalidOperationException>(_run.PhaseAsync(RunPhase.Test, 1, async phase =>
        {
            await phase.CompleteAsync(PhaseOutcome.Success);
            throw new InvalidOperationException("The cleanup is broken.");
        }));

        _rig.Phases().ShouldBe(["test|1|success|1|NULL"]);
    }

    [Test]
    public async Task PhaseAsync_a_store_that_fails_changes_nothing_of_the_work()
    {
        _rig.Store.Failure = _ => new IOException("The disk is gone.");

        (await _run.PhaseAsync(RunPhase.Builder, 1, _ => Task.FromResult(3))).ShouldBe(3);
        await Should.ThrowAsync<TimeoutException>(_run.PhaseAsync(RunPhase.Builder, 1, _ => throw new TimeoutException()));

        _rig.Recorder.FailedCalls.ShouldBe(4);
    }

    [Test]
    public async Task PhaseAsync_an_exception_whose_message_cannot_be_had_is_recorded_without_it()
    {
        await Should.ThrowAsync<SpeechlessException>(_run.PhaseAsync(RunPhase.Builder, 1, _ => throw new SpeechlessException()));

        _rig.Database.Rows("SELECT outcome, metadata ->> 'exception_type', metadata ->> 'exception_message' FROM run_phase_metrics")
            .ShouldBe([$"failed|{typeof(SpeechlessException).FullName}|NULL"]);
    }

    [TestCaseSource(nameof(Messages))]
    public async Task FailAsync_records_the_first_line_of_the_message(string message, string recorded)
    {
        await using var phase = await _run.BeginPhaseAsync(RunPhase.Builder);

        await phase.FailAsync(new InvalidOperationException(message));

        _rig.Database.Rows("SELECT outcome, metadata ->> 'exception_message' FROM run_phase_metrics").ShouldBe([$"failed|{recorded}"]);
    }

    [Test]
    public async Task FailAsync_of_a_phase_that_was_completed_changes_nothing_and_hides_nothing()
    {
        await using var phase = await _run.BeginPhaseAsync(RunPhase.Builder);
        await phase.CompleteAsync(PhaseOutcome.Success);

        await phase.FailAsync(new InvalidOperationException("The cleanup is broken."));

        _rig.Phases().ShouldBe(["builder|1|success|1|NULL"]);
    }

    [Test]
    public async Task AddMetadataAsync_beside_the_end_is_refused_or_recorded()
    {
        for (var i = 0; i < 50; i++)
        {
            await using var phase = await _run.BeginPhaseAsync(RunPhase.Test, iteration: i + 1);
            using var together = new Barrier(2);
            var adding = Task.Run(async () =>
            {
                together.SignalAndWait();
                try
                {
                    await phase.AddMetadataAsync(new { added = true });
                    return true;
                }
                catch (InvalidOperationException)
                {
                    return false;
                }
            });
            together.SignalAndWait();
            await phase.CompleteAsync(PhaseOutcome.Success);

            var isAdded = await adding;

            _rig.Phases()[^1].ShouldBe($"test|{i + 1}|success|1|{(isAdded ? """{"added":true}""" : "NULL")}");
        }
    }

    [Test]
    public async Task FailAsync_keeps_what_was_added_and_leaves_out_what_does_not_fit_beside_it()
    {
        var text = new string('x', 16_300);
        await using var phase = await _run.BeginPhaseAsync(RunPhase.Builder);
        await phase.AddMetadataAsync(new { text });

        await phase.FailAsync(new InvalidOperationException("The build is broken."));

        _rig.Phases().ShouldBe([$"builder|1|failed|1|{{\"text\":\"{text}\"}}"]);
    }

    [Test]
    public async Task DisposeAsync_keeps_what_was_added_and_leaves_out_what_does_not_fit_beside_it()
    {
        var text = new string('x', 16_370);
        var phase = await _run.BeginPhaseAsync(RunPhase.Builder);
        await phase.AddMetadataAsync(new { text });

        await phase.DisposeAsync();

        _rig.Phases().ShouldBe([$"builder|1|failed|1|{{\"text\":\"{text}\"}}"]);
    }

    [Test]
    public async Task AddMetadataAsync_new_members_are_stored_at_once_and_other_values_at_the_end()
    {
        await using var phase = await _run.BeginPhaseAsync(RunPhase.Test);

        await phase.AddMetadataAsync(new { total = 120, failed = 0 });
        await phase.AddMetadataAsync(new { failed = 3, skipped = 1 });

        _rig.Phases().ShouldBe(["""test|1|NULL|0|{"total":120,"failed":0,"skipped":1}"""]);
        await phase.CompleteAsync(PhaseOutcome.Failed, new { total = 121 });
        _rig.Phases().ShouldBe(["""test|1|failed|1|{"total":121,"failed":3,"skipped":1}"""]);
        _rig.Recorder.FailedCalls.ShouldBe(0);
    }

    [Test]
    public async Task AddMetadataAsync_from_many_threads_loses_nothing()
    {
        await using var phase = await _run.BeginPhaseAsync(RunPhase.Test);

        await Parallel.ForAsync(0, 50, async (i, token) =>
            await phase.AddMetadataAsync(new Dictionary<string, int>(StringComparer.Ordinal) { [$"m{i}"] = i }, token));
        await phase.CompleteAsync(PhaseOutcome.Success);

        _rig.Database.Rows("SELECT count(*), sum(value) FROM run_phase_metrics, json_each(metadata)").ShouldBe(["50|1225"]);
        _rig.Recorder.FailedCalls.ShouldBe(0);
    }

    private sealed class SpeechlessException : Exception
    {
        public override string Message => throw new NotSupportedException();
    }
}
