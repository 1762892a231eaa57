using System.Text.Json;
using Microsoft.EntityFrameworkCore.ChangeTracking;

namespace RunMetrics.Data.Conversions;

/// <summary>Compares metadata by what it says; an element never changes, so it is its own snapshot.</summary>
internal sealed class MetadataComparer() : ValueComparer<JsonElement>(
    (first, second) => JsonElement.DeepEquals(first, second),
    metadata => metadata.GetRawText().Length,
    metadata => metadata);
