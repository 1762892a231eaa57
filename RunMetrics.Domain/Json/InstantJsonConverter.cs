using System.Text.Json;
using System.Text.Json.Serialization;
using RunMetrics.Domain.Facts;

namespace RunMetrics.Domain.Json;

/// <summary>Writes instants in their canonical text and refuses those without an offset.</summary>
internal sealed class InstantJsonConverter : JsonConverter<DateTimeOffset>
{
    public override DateTimeOffset Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.TokenType == JsonTokenType.String && Instants.TryParse(reader.GetString()!, out var instant)
            ? instant
            : throw new JsonException($"Accepted: {Instants.Accepted}.");

    public override void Write(Utf8JsonWriter writer, DateTimeOffset value, JsonSerializerOptions options) =>
        writer.WriteStringValue(Instants.Format(value));
}
