using RunMetrics.Domain.Facts;

namespace RunMetrics.Data.Context;

/// <summary>
/// The rules of a row in SQL, so that a foreign writer cannot store what the library would refuse. SQLite takes any type in any column, hence
/// the checks of type beside those of value.
/// </summary>
internal static class SqliteChecks
{
    public static string Id(string column) => Text(column, Identifiers.MaxLength, Identifiers.Characters);

    public static string ProjectId(string column) => Text(column, Identifiers.MaxLength, Identifiers.ProjectCharacters);

    /// <summary>Any text but one with NUL, at which SQLite's own functions take it to end.</summary>
    public static string Text(string column, int maxLength) =>
        $"typeof({column}) = 'text' AND length({column}) BETWEEN 1 AND {maxLength} AND instr({column}, char(0)) = 0";

    public static string OneOf<T>(string column, EnumNames<T> names)
        where T : struct, Enum =>
        $"{column} IN ({List(names.Names)})";

    public static string List(IEnumerable<string> names) => string.Join(", ", names.Select(name => $"'{name}'"));

    /// <summary>Canonical text is what the format gives back unchanged; the calendar starts with year 1.</summary>
    public static string Instant(string column) => $"{column} IS strftime('%Y-%m-%dT%H:%M:%fZ', {column}) AND {column} >= '0001'";

    public static string WholeNumber(string column, int least) =>
        $"typeof({column}) = 'integer' AND {column} BETWEEN {least} AND {int.MaxValue}";

    public static string JsonObject(string column, int maxBytes) =>
        $"CASE WHEN json_valid({column}) THEN json_type({column}) = 'object' AND length(CAST({column} AS BLOB)) <= {maxBytes} ELSE 0 END";

    public static string OrNull(string column, string check) => $"{column} IS NULL OR ({check})";

    private static string Text(string column, int maxLength, string alphabet) =>
        $"typeof({column}) = 'text' AND length({column}) BETWEEN 1 AND {maxLength} AND {column} NOT GLOB '*[^{alphabet}]*'";
}
