using System.Text.Json;
using System.Text.Json.Serialization;
using RunMetrics.Domain.Vocabulary;

namespace RunMetrics.Domain.Json;

/// <summary>Writes and reads the values of the vocabulary by their exact names.</summary>
internal sealed class TermsJsonConverter<T>(Terms<T> terms) : JsonConverter<T>
    where T : struct, Enum
{
    public override T Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.TokenType == JsonTokenType.String && terms.TryParse(reader.GetString(), out var value)
            ? value
            : throw new JsonException($"Accepted: {terms.Accepted}.");

    public override void Write(Utf8JsonWriter writer, T value, JsonSerializerOptions options) =>
        writer.WriteStringValue(terms.NameOf(value));
}
