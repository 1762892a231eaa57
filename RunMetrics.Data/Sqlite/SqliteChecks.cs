using RunMetrics.Data.Context;
using RunMetrics.Domain.Facts;

namespace RunMetrics.Data.Sqlite;

/// <summary>SQLite takes any type in any column, hence the checks of type beside those of value.</summary>
internal sealed class SqliteChecks : RowChecks
{
    /// <inheritdoc />
    public override string Id(string column) => Text(column, Identifiers.MaxLength, Identifiers.Characters);

    /// <inheritdoc />
    public override string ProjectId(string column) => Text(column, Identifiers.MaxLength, Identifiers.ProjectCharacters);

    /// <remarks>SQLite's own functions take a text to end at NUL.</remarks>
    /// <inheritdoc />
    public override string Text(string column, int maxLength) =>
        $"typeof({column}) = 'text' AND length({column}) BETWEEN 1 AND {maxLength} AND instr({column}, char(0)) = 0";

    /// <remarks>Canonical text is what the format gives back unchanged; the calendar starts with year 1.</remarks>
    /// <inheritdoc />
    public override string Instant(string column) => $"{column} IS strftime('%Y-%m-%dT%H:%M:%fZ', {column}) AND {column} >= '0001'";

    /// <inheritdoc />
    public override string WholeNumber(string column, int least) =>
        $"typeof({column}) = 'integer' AND {column} BETWEEN {least} AND {int.MaxValue}";

    /// <inheritdoc />
    public override string JsonObject(string column, int maxBytes) =>
        $"CASE WHEN json_valid({column}) THEN json_type({column}) = 'object' AND length(CAST({column} AS BLOB)) <= {maxBytes} ELSE 0 END";

    private static string Text(string column, int maxLength, string alphabet) =>
        $"typeof({column}) = 'text' AND length({column}) BETWEEN 1 AND {maxLength} AND {column} NOT GLOB '*[^{alphabet}]*'";
}
