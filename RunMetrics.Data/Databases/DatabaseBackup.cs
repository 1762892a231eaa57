namespace RunMetrics.Data.Databases;

/// <summary>What became of a backup.</summary>
/// <param name="Copy">What the backup holds, which was verified; null when there is none, because of problems.</param>
/// <param name="Problems">What is wrong with the database, found in the copy that was made of it; at most the first hundred problems.</param>
public sealed record DatabaseBackup(DatabaseStatus? Copy, IReadOnlyList<string> Problems);
