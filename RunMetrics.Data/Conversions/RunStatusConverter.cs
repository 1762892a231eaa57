using Microsoft.EntityFrameworkCore.Storage.ValueConversion;
using RunMetrics.Domain.Vocabulary;

namespace RunMetrics.Data.Conversions;

internal sealed class RunStatusConverter() : ValueConverter<RunStatus, string>(
    status => Terms.Statuses.NameOf(status),
    name => Terms.Statuses.Parse(name));
