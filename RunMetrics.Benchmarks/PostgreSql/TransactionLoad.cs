using System.Globalization;
using Npgsql;

namespace RunMetrics.Benchmarks.PostgreSql;

/// <summary>
/// What single facts are measured against: a number of connections, each with a prepared statement that inserts one phase in a transaction of its own.
/// </summary>
internal sealed class TransactionLoad : IAsyncDisposable
{
    private static readonly string Insert = $"""
        INSERT INTO {FactTable.PhaseMetrics.Name} ({FactTable.PhaseMetrics.ColumnNames})
        VALUES ({string.Join(", ", FactTable.PhaseMetrics.Columns.Select((_, i) => string.Create(CultureInfo.InvariantCulture, $"${i + 1}")))})
        """;

    private readonly IReadOnlyList<NpgsqlCommand> _inserts;

    private TransactionLoad(IReadOnlyList<NpgsqlCommand> inserts) => _inserts = inserts;

    /// <summary>Opens the connections and prepares the statement on each.</summary>
    public static async Task<TransactionLoad> ConnectAsync(NpgsqlDataSource database, int connections)
    {
        var inserts = new List<NpgsqlCommand>();
        for (var i = 0; i < connections; i++)
        {
#pragma warning disable CA2100 // A constant of this project.
            var insert = new NpgsqlCommand(Insert, await database.OpenConnectionAsync());
#pragma warning restore CA2100
            foreach (var (_, type) in FactTable.PhaseMetrics.Columns)
            {
                insert.Parameters.Add(new NpgsqlParameter { NpgsqlDbType = type });
            }

            await insert.PrepareAsync();
            inserts.Add(insert);
        }

        return new TransactionLoad(inserts);
    }

    /// <summary>Inserts each row once.</summary>
    /// <returns>Rows a second.</returns>
    public async Task<double> InsertEachAsync(IReadOnlyList<object?[]> rows)
    {
        var sent = -1;
        var started = TimeProvider.System.GetTimestamp();
        await Task.WhenAll(_inserts.Select(async insert =>
        {
            while (Interlocked.Increment(ref sent) is var next && next < rows.Count)
            {
                foreach (var (column, value) in rows[next].Index())
                {
                    insert.Parameters[column].Value = value ?? DBNull.Value;
                }

                await insert.ExecuteNonQueryAsync();
            }
        }));
        return rows.Count / TimeProvider.System.GetElapsedTime(started).TotalSeconds;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var insert in _inserts)
        {
            await insert.Connection!.DisposeAsync();
            await insert.DisposeAsync();
        }
    }
}
