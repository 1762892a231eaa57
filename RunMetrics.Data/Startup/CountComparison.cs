using System.Globalization;
using Microsoft.Data.Sqlite;
using RunMetrics.Data.Context;
using RunMetrics.Data.Migrations;

namespace RunMetrics.Data.Startup;

/// <summary>Counts runs and phases anew, into temporary tables, and compares with what the triggers have counted.</summary>
internal static class CountComparison
{
    /// <summary>The tables in the order in which they are counted: those after the first need what it counted.</summary>
    public static IEnumerable<string> Tables => CountSchema.Recounts(figures: "").Select(count => count.Table);

    /// <summary>Names the triggers that are not as this version makes them.</summary>
    public static IEnumerable<string> FindOtherTriggers(SqliteConnection connection)
    {
        var stored = DatabaseInspection.ReadColumn(connection, "SELECT sql FROM sqlite_master WHERE type IN ('trigger', 'view')").ToHashSet(StringComparer.Ordinal);
        return CountSchema.Parts
            .Where(part => part.Type != "table" && !stored.Contains(part.Sql))
            .Select(part => $"the {part.Type} {part.Name} is not as this version makes it; {SqliteFailure.CountsRemedy}");
    }

    /// <summary>Names the rows of a table that are not what is counted now.</summary>
    public static List<string> FindDifferences(SqliteConnection connection, string table, int limit)
    {
        Count(connection, table);
        var columns = DatabaseInspection.ReadColumn(connection, "SELECT name FROM pragma_table_info($table)", table);
        var keys = DatabaseInspection.ReadColumn(connection, "SELECT name FROM pragma_table_info($table) WHERE pk > 0", table);
        using var command = connection.CreateCommand();
#pragma warning disable CA2100 // The names are those of our own tables.
        command.CommandText = string.Create(CultureInfo.InvariantCulture, $"""
            SELECT {Names("stored", columns)}, {Names("counted", columns)}
            FROM temp.{Counted(table)} AS counted
            FULL JOIN main.{table} AS stored ON {string.Join(" AND ", keys.Select(key => $"stored.{key} = counted.{key}"))}
            WHERE ({Names("stored", columns)}) IS NOT ({Names("counted", columns)})
            LIMIT {limit}
            """);
#pragma warning restore CA2100
        using var reader = command.ExecuteReader();
        var differences = new List<string>();
        while (reader.Read())
        {
            var stored = Enumerable.Range(0, columns.Count).Select(reader.GetValue).ToList();
            var counted = Enumerable.Range(columns.Count, columns.Count).Select(reader.GetValue).ToList();
            differences.Add(Describe(table, columns, keys.Count, stored, counted));
        }

        return differences;
    }

    private static void Count(SqliteConnection connection, string table)
    {
        var schema = CountSchema.Parts.Single(part => part.Name == table).Sql.Replace(
            $"CREATE TABLE {table}", $"CREATE TEMP TABLE {Counted(table)}", StringComparison.Ordinal);
        var select = CountSchema.Recounts($"temp.{Counted("run_figures")}").Single(count => count.Table == table).Select;
        DatabaseInspection.Execute(connection, $"{schema}; INSERT INTO temp.{Counted(table)} {select}");
    }

    /// <summary>The columns of the key come first in each of our tables.</summary>
    private static string Describe(string table, List<string> columns, int keys, List<object> stored, List<object> counted)
    {
        var (hasStored, hasCounted) = (stored[0] is not DBNull, counted[0] is not DBNull);
        var key = string.Join(", ", (hasStored ? stored : counted).Take(keys).Select(Text));
        var others = Enumerable.Range(keys, columns.Count - keys).Where(i => !hasStored || !hasCounted || !stored[i].Equals(counted[i])).ToList();
        return $"{table} ({key}): stored {Values(hasStored, stored)}, counted {Values(hasCounted, counted)}; {SqliteFailure.CountsRemedy}";

        string Values(bool exists, List<object> values) =>
            exists ? string.Join(" ", others.Select(i => $"{columns[i]}={Text(values[i])}")) : "nothing";
    }

    private static string Text(object value) => value is string text ? $"'{text}'" : Convert.ToString(value, CultureInfo.InvariantCulture)!;

    private static string Names(string table, List<string> columns) => string.Join(", ", columns.Select(column => $"{table}.{column}"));

    private static string Counted(string table) => $"counted_{table}";
}
