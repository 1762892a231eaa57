using RunMetrics.Domain.Runs;

namespace RunMetrics.Data.Databases;

/// <summary>What there is in a database, at one moment.</summary>
public sealed record DatabaseStatus
{
    /// <summary>What to call it to a person: the full path of a file, or an address without a password.</summary>
    public required string Database { get; init; }

    /// <summary>The software that keeps it, with its version, such as <c>SQLite 3.50.4</c>.</summary>
    public required string Engine { get; init; }

    /// <summary>The size of the file, or what the server says of the database; in bytes.</summary>
    public required long SizeBytes { get; init; }

    /// <summary>The size of the log beside the file, in bytes, 0 where there is none; null where the log belongs to a server.</summary>
    public required long? LogSizeBytes { get; init; }

    /// <summary>The last migration that was applied; null when none was.</summary>
    public required string? Migration { get; init; }

    /// <summary>How many migrations to the schema of this version are pending.</summary>
    public required int PendingMigrations { get; init; }

    /// <summary>How many projects have runs.</summary>
    public long Projects { get; init; }

    /// <summary>How many runs are recorded.</summary>
    public long Runs { get; init; }

    /// <summary>How many of them have not ended.</summary>
    public long OpenRuns { get; init; }

    /// <summary>How many phase metrics are recorded.</summary>
    public long PhaseMetrics { get; init; }

    /// <summary>How many of them have no outcome yet.</summary>
    public long OpenPhaseMetrics { get; init; }

    /// <summary>The run that started first; null when there is none.</summary>
    public RunPosition? OldestRun { get; init; }

    /// <summary>The run that started last; null when there is none.</summary>
    public RunPosition? NewestRun { get; init; }
}
