namespace RunMetrics.Data.Databases;

/// <summary>What became of a compaction.</summary>
/// <param name="SizeBytesBefore">The size of the file with its log before, in bytes.</param>
/// <param name="SizeBytesAfter">The size of both afterwards, in bytes.</param>
/// <param name="IsLogInUse">True when somebody who reads kept the log from being emptied; the last one to close the database does it.</param>
public sealed record DatabaseCompaction(long SizeBytesBefore, long SizeBytesAfter, bool IsLogInUse);
