using System.Globalization;
using Microsoft.Data.Sqlite;
using RunMetrics.Data.Context;
using RunMetrics.Data.Databases;

namespace RunMetrics.Data.Sqlite;

/// <summary>
/// Counts runs and phases anew, into temporary tables, and compares with what the triggers have counted and what they have noted to be counted.
/// </summary>
internal static class CountComparison
{
    private const string KeyOfSeries = "project_id, phase, iteration";

    /// <summary>The changes that are not counted yet, for their projects and for all projects together.</summary>
    private static readonly string AllChanges = FormattableString.Invariant($"""
        (SELECT * FROM duration_changes UNION ALL SELECT series % {SeriesNumbers.SeriesOfAProject}, outcome, seconds, change FROM duration_changes)
        """);

    private static readonly Dictionary<string, ComparedTable> Compared = new(StringComparer.Ordinal)
    {
        ["project_counts"] = new("project_id", "runs", (schema, _) => $"SELECT project_id, runs FROM {schema}.project_counts WHERE runs <> 0"),
        ["run_figures"] = new(
            "run_id",
            "project_id, status, iteration, total_seconds, verdicts, first_approvals",
            (schema, _) => $"""
                SELECT run_id, {ProjectId("figures.project", schema)}, status, iteration, total_seconds, verdicts, first_approvals
                FROM {schema}.run_figures AS figures
                """),
        ["run_counts"] = new("project_id, status, iteration, has_verdict, is_approved_at_first", "runs", (schema, changes) => $"""
            SELECT {ProjectId("counts.project", schema)}, status, iteration, has_verdict, is_approved_at_first, sum(runs) FROM (
                SELECT * FROM {schema}.run_counts
                {Union(changes, $"SELECT {HistogramStatements.CellsOfEither}, change FROM run_changes CROSS JOIN {HistogramStatements.Either}")}) AS counts
            GROUP BY 1, 2, 3, 4, 5 HAVING sum(runs) <> 0
            """),
        ["phase_counts"] = new(KeyOfSeries, string.Join(", ", HistogramStatements.Sums), (schema, changes) => $"""
            SELECT {Series(schema)}, {string.Join(", ", HistogramStatements.Sums.Select(sum => $"sum({sum})"))} FROM (
                SELECT * FROM {schema}.phase_counts {Union(changes, HistogramStatements.SumOfPhases(AllChanges))})
            GROUP BY 1, 2, 3 HAVING {string.Join(" OR ", HistogramStatements.Sums.Select(sum => $"sum({sum}) <> 0"))}
            """),
        ["duration_counts"] = new($"{KeyOfSeries}, node, digit", "durations", (schema, changes) => $"""
            SELECT {Series(schema)}, node, digit, sum(durations) FROM (
                SELECT * FROM {schema}.duration_counts {Union(changes, HistogramStatements.DigitsOfDurations(AllChanges))})
            GROUP BY 1, 2, 3, 4, 5 HAVING sum(durations) <> 0
            """),
    };

    /// <summary>The tables in the order in which they are counted: those after the first need what it counted.</summary>
    public static IEnumerable<string> Tables => HistogramStatements.Recounts("temp").Select(count => count.Table);

    /// <summary>Names the triggers that are not as this version makes them.</summary>
    public static IEnumerable<string> FindOtherTriggers(SqliteConnection connection)
    {
        var stored = SqliteInspection.ReadColumn(connection, "SELECT sql FROM sqlite_master WHERE type IN ('trigger', 'view')").ToHashSet(StringComparer.Ordinal);
        return HistogramSchema.Parts
            .Where(part => part.Type != "table" && !stored.Contains(part.Sql))
            .Select(part => $"the {part.Type} {part.Name} is not as this version makes it; {DatabaseProvider.CountsRemedy}");
    }

    /// <summary>Names what is counted otherwise than the rows are now.</summary>
    public static List<string> FindDifferences(SqliteConnection connection, string table, int limit)
    {
        Count(connection, table);
        var (keys, values, select) = Compared[table];
        string[] columns = [.. keys.Split(", "), .. values.Split(", ")];
        Keep("stored", select("main", true));
        Keep("counted", select("temp", false));
        using var command = connection.CreateCommand();
#pragma warning disable CA2100 // The names are those of our own tables.
        command.CommandText = string.Create(CultureInfo.InvariantCulture, $"""
            SELECT {Names("stored", columns)}, {Names("counted", columns)}
            FROM temp.counted_{table} AS counted
            FULL JOIN temp.stored_{table} AS stored ON {string.Join(" AND ", keys.Split(", ").Select(key => $"stored.{key} = counted.{key}"))}
            WHERE ({Names("stored", columns)}) IS NOT ({Names("counted", columns)})
            LIMIT {limit}
            """);
#pragma warning restore CA2100
        using var reader = command.ExecuteReader();
        var differences = new List<string>();
        while (reader.Read())
        {
            var stored = Enumerable.Range(0, columns.Length).Select(reader.GetValue).ToList();
            var counted = Enumerable.Range(columns.Length, columns.Length).Select(reader.GetValue).ToList();
            differences.Add(Describe(table, columns, keys.Split(", ").Length, stored, counted));
        }

        return differences;

        void Keep(string name, string rows) => SqliteInspection.Execute(
            connection, $"CREATE TEMP TABLE {name}_{table} ({keys}, {values}, PRIMARY KEY ({keys})) WITHOUT ROWID; INSERT INTO temp.{name}_{table} {rows}");
    }

    /// <summary>Fills a temporary table of the same name and kind.</summary>
    private static void Count(SqliteConnection connection, string table)
    {
        MakeTemporary(table);
        if (table == "phase_counts")
        {
            MakeTemporary("grouped_changes");
        }

        SqliteInspection.Execute(connection, HistogramStatements.Recounts("temp").Single(count => count.Table == table).Sql);

        void MakeTemporary(string name) => SqliteInspection.Execute(
            connection,
            HistogramSchema.Parts.Single(part => part.Name == name).Sql.Replace($"CREATE TABLE {name}", $"CREATE TEMP TABLE {name}", StringComparison.Ordinal));
    }

    /// <summary>The columns of the key come first.</summary>
    private static string Describe(string table, string[] columns, int keys, List<object> stored, List<object> counted)
    {
        var (hasStored, hasCounted) = (stored[0] is not DBNull, counted[0] is not DBNull);
        var key = string.Join(", ", (hasStored ? stored : counted).Take(keys).Select(Text));
        var others = Enumerable.Range(keys, columns.Length - keys).Where(i => !hasStored || !hasCounted || !stored[i].Equals(counted[i])).ToList();
        return $"{table} ({key}): stored {Values(hasStored, stored)}, counted {Values(hasCounted, counted)}; {DatabaseProvider.CountsRemedy}";

        string Values(bool exists, List<object> values) =>
            exists ? string.Join(" ", others.Select(i => $"{columns[i]}={Text(values[i])}")) : "nothing";
    }

    private static string Text(object value) => value is string text ? $"'{text}'" : Convert.ToString(value, CultureInfo.InvariantCulture)!;

    private static string Names(string table, string[] columns) => string.Join(", ", columns.Select(column => $"{table}.{column}"));

    /// <summary>The id of a project by its number, which may be another where it was counted anew.</summary>
    private static string ProjectId(string number, string schema) => $"""
        iif({number} = 0, '', ifnull((SELECT project_id FROM {schema}.project_counts AS named WHERE named.project = {number}), 'unknown ' || ({number})))
        """;

    /// <summary>The project, the phase and the iteration of a series; none of the last two for ended runs.</summary>
    private static string Series(string schema) => FormattableString.Invariant($"""
        {ProjectId($"series / {SeriesNumbers.SeriesOfAProject}", schema)},
        CASE (series % {SeriesNumbers.SeriesOfAProject} + {SeriesNumbers.LastIteration - 1}) / {SeriesNumbers.LastIteration}
            WHEN 0 THEN '' {string.Join(" ", EnumNames.Of<RunPhase>().Names.Select((name, i) => FormattableString.Invariant($"WHEN {i + 1} THEN '{name}'")))} END,
        iif(series % {SeriesNumbers.SeriesOfAProject} = 0, 0, (series % {SeriesNumbers.SeriesOfAProject} - 1) % {SeriesNumbers.LastIteration} + 1)
        """);

    private static string Union(bool changes, string select) => changes ? $"UNION ALL {select}" : "";

    /// <summary>What is compared of a table.</summary>
    /// <param name="Keys">The columns by which rows are matched.</param>
    /// <param name="Values">The other columns.</param>
    /// <param name="Select">Reads both kinds, in their order, of the tables of a schema, with or without the changes that are not counted yet.</param>
    private sealed record ComparedTable(string Keys, string Values, Func<string, bool, string> Select);
}
