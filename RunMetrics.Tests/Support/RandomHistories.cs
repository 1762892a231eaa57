using CsCheck;
using RunMetrics.Domain.Facts;

namespace RunMetrics.Tests.Support;

/// <summary>Histories of few values, so that much of them meets: open, skipped, of unknown end or of a duration that was measured, with labels and metadata, in two projects.</summary>
internal static class RandomHistories
{
    public static readonly Gen<(RunFact Run, PhaseMetricFact[] Phases)> Runs =
        from id in Gen.Guid
        from project in Gen.OneOf("a", "b")
        from workOrder in Gen.OneOf("wo-1", "wo-2")
        from startedAt in Gen.Int[0, 100]
        from status in Gen.OneOf("running", "succeeded", "failed", "cancelled")
        from seconds in Gen.Int[0, 50]
        from model in Gen.OneOf(null, "opus", "haiku", "sön\"net: 😀,")
        from size in Gen.OneOf(null, "s", "l")
        from phases in Phases(id.ToString(), startedAt).Array[0, 8]
        select (
            new RunFact
            {
                Id = id.ToString(),
                ProjectId = project,
                WorkOrderId = workOrder,
                Status = status,
                StartedAt = At(startedAt),
                EndedAt = status == "running" ? null : At(startedAt + seconds),
                Labels = new (string Name, string? Value)[] { ("model", model), ("size", size) }
                    .Where(label => label.Value is not null)
                    .ToDictionary(label => label.Name, label => label.Value!, StringComparer.Ordinal),
            },
            phases);

    /// <summary>Durations that are equal often, that end the digits by which they are counted, and others.</summary>
    public static readonly Gen<int> DurationSeconds = Gen.Frequency(
        (3, Gen.Int[0, 3]), (3, Gen.OneOf(63, 64, 65, 4095, 4096, 262_143, 262_144, 1 << 24, 1 << 30, int.MaxValue)), (2, Gen.Int[0, 40_000]));

    public static DateTimeOffset At(int second) => SampleFacts.Start.AddSeconds(second);

    private static Gen<PhaseMetricFact> Phases(string runId, int runStart) =>
        from id in Gen.Guid
        from iteration in Gen.Frequency((6, Gen.Int[1, 3]), (1, Gen.Int[9, 14]))
        from startedAt in Gen.Int[0, 60]
        from outcome in Gen.Frequency((1, Gen.Const((string?)null)), (5, Gen.OneOf("success", "failed", "skipped", "approved", "changes_requested").Select(name => (string?)name)))
        from phase in outcome is "approved" or "changes_requested" ? Gen.Const("reviewer") : Gen.OneOf("setup", "builder", "test", "reviewer", "merge")
        from milliseconds in Gen.Frequency((1, Gen.Const((int?)null)), (5, Gen.Int[0, 40_000].Select(value => (int?)value)))
        from measured in Gen.Frequency((3, Gen.Const((int?)null)), (1, Gen.Int[0, 40].Select(value => (int?)value)))
        let isEndKnown = outcome is not null && milliseconds is not null
        from metadata in Gen.OneOf(null, "{}", """{"exit_code":0}""", """{ "note" : "a \"b\"\n,;é\u0001", "list" : [ 1.50, null ] }""")
        select new PhaseMetricFact
        {
            Id = id.ToString(),
            RunId = runId,
            Phase = phase,
            Iteration = iteration,
            StartedAt = At(runStart + startedAt),
            EndedAt = isEndKnown ? At(runStart + startedAt).AddMilliseconds(milliseconds!.Value) : null,
            DurationSeconds = isEndKnown ? measured : null,
            Outcome = outcome,
            Metadata = metadata is null ? null : SampleFacts.Json(metadata),
        };
}
