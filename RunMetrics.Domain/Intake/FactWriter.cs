using System.Text.Json;
using RunMetrics.Domain.Facts;
using RunMetrics.Domain.Json;
using RunMetrics.Domain.Phases;
using RunMetrics.Domain.Runs;

namespace RunMetrics.Domain.Intake;

/// <summary>Writes facts as the lines that <see cref="FactReader"/> reads.</summary>
public static class FactWriter
{
    private static readonly JsonSerializerOptions Json = MakeOptions();

    /// <summary>A fact as a line, without its end: <c>{"run":{…}}</c> or <c>{"phase_metric":{…}}</c>, as UTF-8.</summary>
    public static byte[] ToLine(Fact fact) => fact switch
    {
        RunFact run => JsonSerializer.SerializeToUtf8Bytes(new Dictionary<string, RunFact>(StringComparer.Ordinal) { ["run"] = run }, Json),
        PhaseMetricFact phaseMetric => JsonSerializer.SerializeToUtf8Bytes(
            new Dictionary<string, PhaseMetricFact>(StringComparer.Ordinal) { ["phase_metric"] = phaseMetric }, Json),
        _ => throw new ArgumentException($"There is no line for a {fact.GetType().Name}.", nameof(fact)),
    };

    private static JsonSerializerOptions MakeOptions()
    {
        var options = new JsonSerializerOptions();
        RunMetricsJson.Configure(options);
        return options;
    }
}
