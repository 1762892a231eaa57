using Microsoft.EntityFrameworkCore.Storage.ValueConversion;
using RunMetrics.Domain.Facts;

namespace RunMetrics.Data.Conversions;

/// <summary>Stores an instant as its canonical text, which sorts as time does and lies in order with what <c>toISOString()</c> writes.</summary>
internal sealed class InstantConverter() : ValueConverter<DateTimeOffset, string>(
    instant => Instants.Format(instant),
    text => Instants.ParseCanonical(text));
