namespace RunMetrics.Api.Controllers;

/// <summary>The state of the service.</summary>
/// <param name="Status"><c>healthy</c>; anything else is told by problem details.</param>
public sealed record HealthStatusRecord(string Status);
