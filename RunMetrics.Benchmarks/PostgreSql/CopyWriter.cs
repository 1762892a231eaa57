using Npgsql;

namespace RunMetrics.Benchmarks.PostgreSql;

/// <summary>What writing in bulk is measured against: binary COPY of rows that are ready in memory, no rule and no merge.</summary>
/// <param name="connection">An open connection; it stays the caller's.</param>
internal sealed class CopyWriter(NpgsqlConnection connection)
{
    /// <summary>Writes rows in one transaction, a COPY for each table.</summary>
    public async Task WriteAsync(IReadOnlyList<(FactTable Table, IReadOnlyList<object?[]> Rows)> tables)
    {
        await using var transaction = await connection.BeginTransactionAsync();
        foreach (var (table, rows) in tables)
        {
            await CopyAsync(table, rows);
        }

        await transaction.CommitAsync();
    }

    private async Task CopyAsync(FactTable table, IReadOnlyList<object?[]> rows)
    {
        await using var import = await connection.BeginBinaryImportAsync($"COPY {table.Name} ({table.ColumnNames}) FROM STDIN (FORMAT BINARY)");
        foreach (var row in rows)
        {
            await import.StartRowAsync();
            for (var column = 0; column < row.Length; column++)
            {
                if (row[column] is { } value)
                {
                    await import.WriteAsync(value, table.Columns[column].Type);
                }
                else
                {
                    await import.WriteNullAsync();
                }
            }
        }

        await import.CompleteAsync();
    }
}
