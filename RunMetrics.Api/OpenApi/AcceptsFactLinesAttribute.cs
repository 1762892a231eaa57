namespace RunMetrics.Api.OpenApi;

/// <summary>The body of an action is a fact a line.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class AcceptsFactLinesAttribute : Attribute;
