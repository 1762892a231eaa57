using System.Text.Json;
using Microsoft.EntityFrameworkCore.ChangeTracking;

namespace RunMetrics.Data.Conversions;

/// <summary>
/// Compares metadata by its text, because what it says cannot always be read: another program may have stored half a character. An element never
/// changes, so it is its own snapshot.
/// </summary>
internal sealed class MetadataComparer() : ValueComparer<JsonElement>(
    (first, second) => first.GetRawText() == second.GetRawText(),
    metadata => metadata.GetRawText().Length,
    metadata => metadata);
