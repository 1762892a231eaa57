using System.Globalization;
using Microsoft.Data.Sqlite;

namespace RunMetrics.Benchmarks.AdoNet;

/// <summary>Makes commands as a program makes them that keeps its statements.</summary>
internal static class Statements
{
    /// <summary>A command with parameters <c>$1</c>, <c>$2</c> and so on.</summary>
    public static SqliteCommand Prepare(this SqliteConnection connection, string sql, int parameters)
    {
        var command = connection.CreateCommand();
#pragma warning disable CA2100 // The statements are constants of this project.
        command.CommandText = sql;
#pragma warning restore CA2100
        for (var i = 1; i <= parameters; i++)
        {
            command.Parameters.Add(new SqliteParameter { ParameterName = string.Create(CultureInfo.InvariantCulture, $"${i}") });
        }

        return command;
    }

    /// <summary>Sets all parameters, in their order.</summary>
    public static SqliteCommand With(this SqliteCommand command, params IReadOnlyList<object> values)
    {
        for (var i = 0; i < values.Count; i++)
        {
            command.Parameters[i].Value = values[i];
        }

        return command;
    }

    /// <summary>Runs a statement without parameters once.</summary>
    public static void Execute(this SqliteConnection connection, string sql)
    {
        using var command = connection.Prepare(sql, 0);
        command.ExecuteNonQuery();
    }

    /// <summary>All rows that a command returns.</summary>
    public static List<T> ReadAll<T>(this SqliteCommand command, Func<SqliteDataReader, T> read)
    {
        using var reader = command.ExecuteReader();
        var rows = new List<T>();
        while (reader.Read())
        {
            rows.Add(read(reader));
        }

        return rows;
    }
}
