namespace RunMetrics.Domain.Intake;

/// <summary>Which rules hold for a fact beside those that always do.</summary>
internal enum FactStrictness
{
    /// <summary>Stated while it happens: what is left out is filled in by the time of recording.</summary>
    Live,

    /// <summary>Stands by itself: no default may be guessed.</summary>
    Complete,

    /// <summary>Complete, with instants of our own making, which a clock that was set back does not make wrong.</summary>
    OwnClock,
}
