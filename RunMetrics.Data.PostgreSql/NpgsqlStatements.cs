using Npgsql;

namespace RunMetrics.Data.PostgreSql;

/// <summary>Runs hand-written statements.</summary>
internal static class NpgsqlStatements
{
    /// <summary>The time limit of what may take as long as it takes.</summary>
    public const int NoTimeLimit = 0;

    /// <summary>Runs a statement, or several, for as long as it takes.</summary>
    public static async Task ExecuteAsync(this NpgsqlConnection connection, string sql, CancellationToken cancellationToken)
    {
        await using var command = connection.Command(sql, NoTimeLimit);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>Reads the first value of every row, which is text.</summary>
    /// <param name="connection">The connection.</param>
    /// <param name="sql">The statement.</param>
    /// <param name="timeLimit">In seconds; null for that of the connection.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    public static async Task<List<string>> ReadColumnAsync(
        this NpgsqlConnection connection, string sql, int? timeLimit, CancellationToken cancellationToken)
    {
        await using var command = connection.Command(sql, timeLimit ?? connection.CommandTimeout);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var values = new List<string>();
        while (await reader.ReadAsync(cancellationToken))
        {
            values.Add(reader.GetString(0));
        }

        return values;
    }

    private static NpgsqlCommand Command(this NpgsqlConnection connection, string sql, int timeLimit) =>
#pragma warning disable CA2100 // The statements are constants but for names of ours.
        new(sql, connection) { CommandTimeout = timeLimit };
#pragma warning restore CA2100
}
