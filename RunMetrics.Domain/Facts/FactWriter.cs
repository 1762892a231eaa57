using System.Text.Json;

namespace RunMetrics.Domain.Facts;

/// <summary>Writes facts as the lines that <see cref="FactReader"/> reads.</summary>
internal static class FactWriter
{
    private static readonly JsonSerializerOptions Json = RunMetricsJson.CreateOptions();

    /// <summary>A fact as a line, without its end: <c>{"run":{…}}</c> or <c>{"phase_metric":{…}}</c>, as UTF-8.</summary>
    public static byte[] ToLine(Fact fact) => fact switch
    {
        RunFact run => JsonSerializer.SerializeToUtf8Bytes(new Dictionary<string, RunFact>(StringComparer.Ordinal) { ["run"] = run }, Json),
        PhaseMetricFact phaseMetric => JsonSerializer.SerializeToUtf8Bytes(
            new Dictionary<string, PhaseMetricFact>(StringComparer.Ordinal) { ["phase_metric"] = phaseMetric }, Json),
        _ => throw new ArgumentException($"There is no line for a {fact.GetType().Name}.", nameof(fact)),
    };
}
