namespace RunMetrics.Client.Spooling;

/// <summary>What became of the facts of a spool.</summary>
/// <param name="Delivered">How many facts the store took.</param>
/// <param name="Rejected">How many facts the store refused or fails on, or could not be read; they are set aside in the file of rejects.</param>
/// <param name="Obstacle">What kept the rest from being delivered; null when nothing is left.</param>
public sealed record SpoolDrainReport(long Delivered, long Rejected, string? Obstacle)
{
    /// <summary>True when nothing is left to deliver.</summary>
    public bool IsComplete => Obstacle is null;
}
