namespace RunMetrics.Benchmarks.Reads;

/// <summary>What a question took at one size of the history.</summary>
/// <param name="metrics">How many phase metrics the history has.</param>
/// <param name="read">The question.</param>
internal sealed class ReadTimes(int metrics, Read read)
{
    private readonly List<Round> _rounds = [];

    /// <summary>How many phase metrics the history has.</summary>
    public int Metrics => metrics;

    /// <summary>The question.</summary>
    public Read Read => read;

    /// <summary>In this process, seconds in each round.</summary>
    public IReadOnlyList<double> InProcess => [.. _rounds.Select(round => round.InProcess)];

    /// <summary>By one of the opponents, seconds in each round.</summary>
    public IReadOnlyList<double> ByOpponent(int opponent) => [.. _rounds.Select(round => round.Opponents[opponent])];

    /// <summary>Over HTTP, seconds between answers in each round; empty where it was not asked in every one.</summary>
    /// <param name="connections">Which of <see cref="ReadServer.Connections"/>.</param>
    public IReadOnlyList<double> OverHttp(int connections) => Column(round => round.OverHttp, connections);

    /// <summary>The same of an earlier API.</summary>
    /// <param name="connections">Which of <see cref="ReadServer.Connections"/>.</param>
    public IReadOnlyList<double> ByBaseline(int connections) => Column(round => round.ByBaseline, connections);

    /// <summary>Adds a round.</summary>
    public void Add(Round round) => _rounds.Add(round);

    /// <summary>What was measured in one round.</summary>
    /// <param name="InProcess">In this process, in seconds.</param>
    /// <param name="Opponents">By each opponent, in seconds.</param>
    /// <param name="OverHttp">Over HTTP, in seconds between answers, for each number of connections that was measured.</param>
    /// <param name="ByBaseline">The same of an earlier API.</param>
    internal sealed record Round(
        double InProcess, IReadOnlyList<double> Opponents, IReadOnlyList<double> OverHttp, IReadOnlyList<double> ByBaseline);

    private IReadOnlyList<double> Column(Func<Round, IReadOnlyList<double>> measured, int index) =>
        _rounds.All(round => measured(round).Count > index) ? [.. _rounds.Select(round => measured(round)[index])] : [];
}
