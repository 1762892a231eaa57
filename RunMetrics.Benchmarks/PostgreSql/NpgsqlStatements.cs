using Npgsql;

namespace RunMetrics.Benchmarks.PostgreSql;

/// <summary>Runs hand-written statements.</summary>
internal static class NpgsqlStatements
{
    /// <summary>Runs a statement, or several, for as long as it takes.</summary>
    public static async Task ExecuteAsync(this NpgsqlConnection connection, string sql)
    {
        await using var command = connection.Command(sql);
        await command.ExecuteNonQueryAsync();
    }

    /// <summary>All rows that a statement returns.</summary>
    /// <param name="connection">The connection.</param>
    /// <param name="sql">The statement, with parameters <c>$1</c>, <c>$2</c> and so on.</param>
    /// <param name="read">Reads a row.</param>
    /// <param name="values">The values of the parameters.</param>
    public static async Task<List<T>> ReadAllAsync<T>(
        this NpgsqlConnection connection, string sql, Func<NpgsqlDataReader, T> read, params IReadOnlyList<object> values)
    {
        await using var command = connection.Command(sql);
        foreach (var value in values)
        {
            command.Parameters.Add(new NpgsqlParameter { Value = value });
        }

        await using var reader = await command.ExecuteReaderAsync();
        var rows = new List<T>();
        while (await reader.ReadAsync())
        {
            rows.Add(read(reader));
        }

        return rows;
    }

    private static NpgsqlCommand Command(this NpgsqlConnection connection, string sql) =>
#pragma warning disable CA2100 // The statements are constants of this project.
        new(sql, connection) { CommandTimeout = 0 };
#pragma warning restore CA2100
}
