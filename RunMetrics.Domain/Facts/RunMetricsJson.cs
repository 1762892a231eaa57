using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace RunMetrics.Domain.Facts;

/// <summary>JSON as the contract has it: snake_case names, canonical instants, nothing lenient.</summary>
internal static class RunMetricsJson
{
    // Metadata that a foreign program stored may nest as deeply as SQLite allows.
    private const int MaxDepth = 1100;

    /// <summary>Applies the conventions.</summary>
    public static void Configure(JsonSerializerOptions options)
    {
        options.PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower;
        options.PropertyNameCaseInsensitive = false;
        options.NumberHandling = JsonNumberHandling.Strict;
        options.UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow;
        options.Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping;
        options.MaxDepth = MaxDepth;
        options.Converters.Add(new InstantConverter());
        options.Converters.Add(new MetadataConverter());
        options.Converters.Add(new EnumNameConverter<RunPhase>());
        options.Converters.Add(new EnumNameConverter<PhaseOutcome>());
        options.Converters.Add(new EnumNameConverter<RunStatus>());
        options.Converters.Add(new EnumNameConverter<FactRejectionReason>());
    }

    /// <summary>Options with the conventions applied.</summary>
    public static JsonSerializerOptions CreateOptions()
    {
        var options = new JsonSerializerOptions();
        Configure(options);
        return options;
    }

    /// <summary>Writes instants in their canonical text and refuses those without an offset.</summary>
    private sealed class InstantConverter : JsonConverter<DateTimeOffset>
    {
        public override DateTimeOffset Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            reader.TokenType == JsonTokenType.String && Instants.TryParse(reader.GetString()!, out var instant)
                ? instant
                : throw new JsonException($"Accepted: {Instants.Accepted}.");

        public override void Write(Utf8JsonWriter writer, DateTimeOffset value, JsonSerializerOptions options) =>
            writer.WriteStringValue(Instants.Format(value));
    }

    /// <summary>
    /// Writes metadata in its normal form, and what another program has stored and nobody can read, half a character among it, as it stands: one
    /// such row must not keep all the others from being read.
    /// </summary>
    private sealed class MetadataConverter : JsonConverter<JsonElement>
    {
        public override JsonElement Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            JsonElement.ParseValue(ref reader);

        public override void Write(Utf8JsonWriter writer, JsonElement value, JsonSerializerOptions options)
        {
            if (PhaseMetadata.IsReadable(value))
            {
                value.WriteTo(writer);
            }
            else
            {
                writer.WriteRawValue(PhaseMetadata.ToCompactText(value), skipInputValidation: true);
            }
        }
    }

    /// <summary>Writes and reads the values of the vocabulary by their exact names.</summary>
    private sealed class EnumNameConverter<T> : JsonConverter<T>
        where T : struct, Enum
    {
        private static readonly EnumNames<T> Names = EnumNames.Of<T>();

        public override T Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            reader.TokenType == JsonTokenType.String && Names.TryParse(reader.GetString(), out var value)
                ? value
                : throw new JsonException($"Accepted: {Names.Accepted}.");

        public override void Write(Utf8JsonWriter writer, T value, JsonSerializerOptions options) =>
            writer.WriteStringValue(Names.NameOf(value));
    }
}
