using System.Buffers;
using System.IO.Pipelines;
using System.Text.Json;

namespace RunMetrics.Domain.Facts;

/// <summary>Writes facts as the lines that <see cref="FactReader"/> reads.</summary>
internal static class FactWriter
{
    private const int FlushBytes = 64 * 1024;

    private static readonly JsonSerializerOptions Json = RunMetricsJson.CreateOptions();
    private static readonly JsonWriterOptions Line = new() { Encoder = Json.Encoder, MaxDepth = Json.MaxDepth, SkipValidation = true };

    /// <summary>A fact as a line, without its end: <c>{"run":{…}}</c> or <c>{"phase_metric":{…}}</c>, as UTF-8.</summary>
    public static byte[] ToLine(Fact fact)
    {
        var line = new ArrayBufferWriter<byte>();
        Write(line, fact);
        return line.WrittenSpan.ToArray();
    }

    /// <summary>Writes lines, each with its end, while the facts are read.</summary>
    /// <param name="facts">The facts.</param>
    /// <param name="output">Where to write. Nothing is written before the first fact is there.</param>
    /// <param name="cancellationToken">Ends the writing.</param>
    public static async Task WriteLinesAsync(IAsyncEnumerable<Fact> facts, PipeWriter output, CancellationToken cancellationToken)
    {
        await foreach (var fact in facts.WithCancellation(cancellationToken))
        {
            Write(output, fact);
            output.Write("\n"u8);
            if (output.UnflushedBytes >= FlushBytes)
            {
                await output.FlushAsync(cancellationToken);
            }
        }

        await output.FlushAsync(cancellationToken);
    }

    private static void Write(IBufferWriter<byte> output, Fact fact)
    {
        using var writer = new Utf8JsonWriter(output, Line);
        writer.WriteStartObject();
        switch (fact)
        {
            case RunFact run:
                writer.WritePropertyName(FactReader.RunKind);
                JsonSerializer.Serialize(writer, run, Json);
                break;

            case PhaseMetricFact phaseMetric:
                writer.WritePropertyName(FactReader.PhaseMetricKind);
                JsonSerializer.Serialize(writer, phaseMetric, Json);
                break;

            default:
                throw new ArgumentException($"There is no line for a {fact.GetType().Name}.", nameof(fact));
        }

        writer.WriteEndObject();
    }
}
