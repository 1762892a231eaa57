using System.Text.Json;
using Microsoft.EntityFrameworkCore.ChangeTracking;
using Microsoft.EntityFrameworkCore.Storage.ValueConversion;
using RunMetrics.Domain.Facts;

namespace RunMetrics.Data.Context;

/// <summary>Stores a value of the vocabulary by its name.</summary>
internal sealed class EnumNameConverter<T>() : ValueConverter<T, string>(
    value => EnumNames.Of<T>().NameOf(value),
    name => EnumNames.Of<T>().Parse(name))
    where T : struct, Enum;

/// <summary>Stores metadata as the text that it has: facts bring it in its normal form, and what another program has stored stays as it is.</summary>
internal sealed class MetadataConverter() : ValueConverter<JsonElement, string>(
    metadata => metadata.GetRawText(),
    text => PhaseMetadata.Parse(text));

/// <summary>
/// Compares metadata by its text, because what it says cannot always be read: another program may have stored half a character. An element never
/// changes, so it is its own snapshot.
/// </summary>
/// <remarks>Of the nullable type that the column has: for the other, the code that EF Core writes of the model does not compile.</remarks>
internal sealed class MetadataComparer() : ValueComparer<JsonElement?>(
    (first, second) => TextOf(first) == TextOf(second),
    metadata => metadata.HasValue ? metadata.Value.GetRawText().Length : 0,
    metadata => metadata)
{
    private static string? TextOf(JsonElement? metadata) => metadata?.GetRawText();
}
