namespace RunMetrics.Data.Context;

/// <summary>How durations are counted, in every database.</summary>
/// <remarks>
/// A series is what has a distribution of its own: an iteration of a phase in a project, from the eleventh on all together, or the ended runs of a
/// project as a whole. Its number is that of the project times <see cref="SeriesOfAProject"/>, and 0 for the runs or else 1 to 55 for the phases in
/// their order with eleven iterations each. The project 0 is all projects together. Statements of migrations have these numbers in them: they never
/// change.
/// </remarks>
internal static class SeriesNumbers
{
    /// <summary>Durations are counted by their digits to the base of 2 to this power.</summary>
    public const int DigitBits = 6;

    /// <summary>So many bits of a node tell its level; the rest is the number that its values begin with.</summary>
    public const int LevelBits = 4;

    /// <summary>So many digits a number of 63 bits has.</summary>
    public const int Levels = 11;

    /// <summary>The number of all projects together.</summary>
    public const long AllProjects = 0;

    /// <summary>How many numbers of series a project has.</summary>
    public const int SeriesOfAProject = 64;

    /// <summary>From this iteration on all stand together.</summary>
    public const int LastIteration = 11;
}
