using RunMetrics.Domain.Facts;

namespace RunMetrics.Benchmarks.Generation;

/// <summary>Facts that no database has yet: runs like those of the histories, later than all of theirs, and never the same twice.</summary>
/// <param name="seed">What they are made from; another than that of the histories.</param>
internal sealed class NewFacts(int seed)
{
    private static readonly DateTimeOffset Since = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private readonly IEnumerator<GeneratedRun> _runs = new HistoryGenerator(seed, int.MaxValue, Since).Generate().GetEnumerator();

    /// <summary>Takes runs with their phases until there are as many facts.</summary>
    public IReadOnlyList<GeneratedRun> Take(int facts)
    {
        var runs = new List<GeneratedRun>();
        for (var taken = 0; taken < facts && _runs.MoveNext(); taken += 1 + _runs.Current.PhaseMetrics.Count)
        {
            runs.Add(_runs.Current);
        }

        return runs;
    }

    /// <summary>Facts as the body of an import.</summary>
    public static byte[] ToLines(IEnumerable<Fact> facts)
    {
        using var lines = new MemoryStream();
        foreach (var fact in facts)
        {
            lines.Write(FactWriter.ToLine(fact));
            lines.Write("\n"u8);
        }

        return lines.ToArray();
    }
}
