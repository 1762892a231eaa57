using RunMetrics.Data.Context;
using RunMetrics.Domain.Facts;

namespace RunMetrics.Data.PostgreSql;

/// <summary>PostgreSQL knows types: what they say of a value is not checked again.</summary>
internal sealed class PostgreSqlChecks : RowChecks
{
    /// <inheritdoc />
    public override string Id(string column) => Text(column, Identifiers.Pattern);

    /// <inheritdoc />
    public override string ProjectId(string column) => Text(column, Identifiers.ProjectPattern);

    /// <remarks>NUL is in no text of PostgreSQL.</remarks>
    /// <inheritdoc />
    public override string Text(string column, int maxLength) => $"char_length({column}) BETWEEN 1 AND {maxLength}";

    /// <remarks>The first instant of year 1 is what Npgsql stores as <c>-infinity</c>.</remarks>
    /// <inheritdoc />
    public override string Instant(string column) =>
        $"({column} = '-infinity' OR {column} BETWEEN '0001-01-01 00:00:00+00' AND '9999-12-31 23:59:59.999+00')";

    /// <inheritdoc />
    public override string WholeNumber(string column, int least) => $"{column} >= {least}";

    /// <inheritdoc />
    public override string JsonObject(string column, int maxBytes) => $"json_typeof({column}) = 'object' AND octet_length({column}::text) <= {maxBytes}";

    private static string Text(string column, string pattern) => $"char_length({column}) <= {Identifiers.MaxLength} AND {column} ~ '{pattern}'";
}
