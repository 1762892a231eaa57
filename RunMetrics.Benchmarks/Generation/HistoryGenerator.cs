using System.Buffers.Binary;
using System.Globalization;
using System.Text.Json;
using RunMetrics.Domain.Facts;

namespace RunMetrics.Benchmarks.Generation;

/// <summary>
/// Makes up the runs of many projects in the order of their start: the same ones for the same seed. Most are over, a few lost their runner in the
/// midst of a phase. Ids are UUIDs of version 7 in the order in which the facts are made.
/// </summary>
internal sealed class HistoryGenerator
{
    // Fewer runs than there will be: the small projects have to be complete before the end.
    private const int MaxPhasesOfARun = 9;
    private const double LostRunner = 0.004;
    private const double Cancelled = 0.005;
    private const double UnknownEnd = 0.01;
    private const double Labelled = 0.9;
    private const int MetadataVariety = 64;

    private static readonly TimeSpan BetweenRuns = TimeSpan.FromSeconds(85);
    private static readonly TimeSpan LeastBetweenRuns = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestPhase = TimeSpan.FromHours(24);
    private static readonly string[] Models = ["opus", "sonnet", "haiku", "gpt", "gemini"];
    private static readonly string[] Agents = ["builder-a", "builder-b", "builder-c"];
    private static readonly string[] Sizes = ["s", "m", "l"];
    private static readonly double[] Falling = [8, 4, 2, 1, 1];
    private static readonly JsonElement[] BuilderMetadata = MakeMetadata("files_changed");
    private static readonly JsonElement[] TestMetadata = MakeMetadata("tests");

    private readonly int _metrics;
    private readonly Random _random;
    private readonly ProjectShares _projects;
    private DateTimeOffset _runStartedAt;
    private int _idsOfRun;

    /// <param name="seed">The same seed makes the same history.</param>
    /// <param name="metrics">How many phase metrics the history has; its last run breaks off where they are full.</param>
    /// <param name="since">When the first run starts, UTC.</param>
    public HistoryGenerator(int seed, int metrics, DateTimeOffset since)
    {
        _metrics = metrics;
        _random = new Random(seed);
        _projects = new ProjectShares(metrics / MaxPhasesOfARun, _random);
        _runStartedAt = since;
    }

    /// <summary>Makes the history, run by run; to be enumerated once.</summary>
    public IEnumerable<GeneratedRun> Generate()
    {
        var metrics = 0;
        for (var number = 1; metrics < _metrics; number++)
        {
            var run = MakeRun(number, _metrics - metrics);
            metrics += run.PhaseMetrics.Count;
            yield return run;
        }
    }

    private GeneratedRun MakeRun(int number, int maxPhases)
    {
        _runStartedAt = Instants.Normalize(_runStartedAt + LeastBetweenRuns + _random.Exponential(BetweenRuns));
        _idsOfRun = 0;
        var run = new RunFact
        {
            Id = MakeId(),
            ProjectId = _projects.Next(),
            WorkOrderId = string.Create(CultureInfo.InvariantCulture, $"wo-{number:D7}"),
            Status = RunStatus.Running.Name(),
            StartedAt = _runStartedAt,
            Labels = _random.Hits(Labelled) ? MakeLabels() : null,
        };
        var (phases, status, endedAt) = MakePhases(run.Id!, maxPhases);
        return new GeneratedRun(run with { Status = status.Name(), EndedAt = endedAt }, phases.Max(phase => phase.Iteration)!.Value, phases);
    }

    private (List<PhaseMetricFact> Phases, RunStatus Status, DateTimeOffset? EndedAt) MakePhases(string runId, int maxPhases)
    {
        var phases = new List<PhaseMetricFact>();
        var time = _runStartedAt;
        (RunPhase Phase, int Iteration)? next = (RunPhase.Setup, PhaseMetricFact.FirstIteration);
        while (next is var (phase, iteration))
        {
            var course = PhaseCourse.Of(phase);
            var outcome = _random.Pick(course.Outcomes, course.Shares);
            var duration = outcome == PhaseOutcome.Skipped ? TimeSpan.Zero : _random.LogNormal(course.Median, course.Sigma);
            var open = new PhaseMetricFact
            {
                Id = MakeId(),
                RunId = runId,
                Phase = phase.Name(),
                Iteration = iteration,
                StartedAt = time,
            };
            if (_random.Hits(LostRunner) || phases.Count == maxPhases - 1)
            {
                phases.Add(open);
                return (phases, RunStatus.Running, null);
            }

            var endedAt = Instants.Normalize(time + (duration < LongestPhase ? duration : LongestPhase));
            phases.Add(Close(open, phase, outcome, endedAt));
            time = endedAt;
            if (_random.Hits(Cancelled))
            {
                return (phases, RunStatus.Cancelled, time);
            }

            next = PhaseCourse.FindNext(phase, outcome, iteration);
        }

        return (phases, phases[^1].Outcome == PhaseOutcome.Failed.Name() ? RunStatus.Failed : RunStatus.Succeeded, time);
    }

    private PhaseMetricFact Close(PhaseMetricFact open, RunPhase phase, PhaseOutcome outcome, DateTimeOffset endedAt)
    {
        var isKnown = !_random.Hits(UnknownEnd);
        return open with
        {
            EndedAt = isKnown ? endedAt : null,
            DurationSeconds = isKnown ? (int)Math.Round((endedAt - open.StartedAt!.Value).TotalSeconds, MidpointRounding.AwayFromZero) : null,
            Outcome = outcome.Name(),
            Metadata = phase switch
            {
                RunPhase.Builder => BuilderMetadata[_random.Next(MetadataVariety)],
                RunPhase.Test => TestMetadata[_random.Next(MetadataVariety)],
                _ => null,
            },
        };
    }

    private SortedDictionary<string, string> MakeLabels() => new(StringComparer.Ordinal)
    {
        ["agent"] = _random.Pick(Agents, Falling),
        ["model"] = _random.Pick(Models, Falling),
        ["size"] = _random.Pick(Sizes, Falling),
    };

    private string MakeId()
    {
        Span<byte> id = stackalloc byte[16];
        BinaryPrimitives.WriteInt64BigEndian(id, (_runStartedAt.ToUnixTimeMilliseconds() + _idsOfRun++) << 16);
        _random.NextBytes(id[6..]);
        id[6] = (byte)((id[6] & 0x0F) | 0x70);
        id[8] = (byte)((id[8] & 0x3F) | 0x80);
        return new Guid(id, bigEndian: true).ToString("D");
    }

    private static JsonElement[] MakeMetadata(string name) =>
        [.. Enumerable.Range(1, MetadataVariety).Select(count => JsonElement.Parse($$"""{"{{name}}":{{count}}}"""))];
}
