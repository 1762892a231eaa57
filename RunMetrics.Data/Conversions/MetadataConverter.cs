using System.Text.Json;
using Microsoft.EntityFrameworkCore.Storage.ValueConversion;
using RunMetrics.Domain.Phases;

namespace RunMetrics.Data.Conversions;

/// <summary>Stores metadata as compact JSON text.</summary>
internal sealed class MetadataConverter() : ValueConverter<JsonElement, string>(
    metadata => PhaseMetadata.ToText(metadata),
    text => Parse(text))
{
    // A foreign writer may nest as deeply as SQLite's own JSON functions go.
    private static readonly JsonDocumentOptions Deep = new() { MaxDepth = 1000 };

    private static JsonElement Parse(string text) => JsonElement.Parse(text, Deep);
}
