namespace RunMetrics.Runner.Telemetry;

/// <summary>The environment variables by which a program tells those that it starts what they are started for, each as the header of W3C Trace Context.</summary>
internal static class TraceVariables
{
    public const string Parent = "TRACEPARENT";
    public const string State = "TRACESTATE";
}
