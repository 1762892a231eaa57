namespace RunMetrics.Api.Import;

/// <summary>A line of a body.</summary>
/// <param name="Number">Its number, from 1.</param>
/// <param name="Bytes">Its bytes without the line end; empty when it was too long.</param>
/// <param name="IsTooLong">True when it was longer than a line may be and was skipped.</param>
internal readonly record struct NdjsonLine(long Number, ReadOnlyMemory<byte> Bytes, bool IsTooLong);
