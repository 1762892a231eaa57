using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;

namespace RunMetrics.Data.Startup;

/// <summary>Looks at a database file without changing it and refuses one that cannot be used.</summary>
internal static class DatabaseInspection
{
    /// <summary>Counts the migrations that the file lacks: all of those known for one that does not exist yet.</summary>
    /// <exception cref="DatabaseRefusedException">The file cannot be used.</exception>
    public static async Task<int> CountPendingMigrationsAsync(
        DatabaseLocation location, RunMetricsDbContext context, CancellationToken cancellationToken)
    {
        var known = context.Database.GetMigrations().ToList();
        var file = new FileInfo(location.FilePath);
        if (!file.Exists)
        {
            RefuseMissingFolder(location);
            return known.Count;
        }

        // Asked of the file itself, because a superuser could write to it all the same.
        if (file.IsReadOnly)
        {
            throw DatabaseRefusedException.For(location, "it is read-only; make it writable or set another file");
        }

        try
        {
            var applied = await ReadAsync(location, known, cancellationToken);
            await RefuseUnwritableAsync(location, cancellationToken);
            return known.Except(applied, StringComparer.Ordinal).Count();
        }
        catch (SqliteException exception)
        {
            throw DatabaseRefusedException.For(location, exception);
        }
    }

    /// <returns>The migrations that were applied.</returns>
    private static async Task<List<string>> ReadAsync(
        DatabaseLocation location, IReadOnlyList<string> known, CancellationToken cancellationToken)
    {
        await using var connection = await OpenAsync(location, SqliteOpenMode.ReadOnly, cancellationToken);

        // One state of the file: what another process migrates meanwhile must not look like tables without a history.
        await using var snapshot = connection.BeginTransaction(deferred: true);
        await RefuseDamageAsync(location, connection, cancellationToken);
        var applied = await ReadAppliedMigrationsAsync(connection, cancellationToken);
        await RefuseOtherSchemaAsync(location, connection, applied, known, cancellationToken);
        return applied;
    }

    private static void RefuseMissingFolder(DatabaseLocation location)
    {
        var folder = Path.GetDirectoryName(location.FilePath);
        if (Directory.Exists(location.FilePath))
        {
            throw DatabaseRefusedException.For(location, "it is a folder; name a file");
        }

        if (!Directory.Exists(folder))
        {
            throw DatabaseRefusedException.For(location, $"the folder {folder} does not exist; create it or set another file");
        }
    }

    private static async Task<SqliteConnection> OpenAsync(DatabaseLocation location, SqliteOpenMode mode, CancellationToken cancellationToken)
    {
        var builder = new SqliteConnectionStringBuilder(location.ConnectionString) { Mode = mode, Pooling = false };
        var connection = new SqliteConnection(builder.ConnectionString);
        await connection.OpenAsync(cancellationToken);
        return connection;
    }

    private static async Task RefuseDamageAsync(DatabaseLocation location, SqliteConnection connection, CancellationToken cancellationToken)
    {
        var damage = await ReadColumnAsync(connection, "PRAGMA quick_check(1)", cancellationToken);
        if (damage is not ["ok"])
        {
            throw DatabaseRefusedException.For(location, $"it is damaged ({string.Join("; ", damage)}); restore it from a backup");
        }
    }

    private static async Task<List<string>> ReadAppliedMigrationsAsync(SqliteConnection connection, CancellationToken cancellationToken)
    {
        var history = await ReadColumnAsync(
            connection, "SELECT name FROM sqlite_master WHERE type = 'table' AND name = '__EFMigrationsHistory'", cancellationToken);
        return history.Count == 0
            ? []
            : await ReadColumnAsync(connection, """SELECT "MigrationId" FROM "__EFMigrationsHistory" ORDER BY 1""", cancellationToken);
    }

    private static async Task RefuseOtherSchemaAsync(
        DatabaseLocation location,
        SqliteConnection connection,
        List<string> applied,
        IReadOnlyList<string> known,
        CancellationToken cancellationToken)
    {
        var unknown = applied.Except(known, StringComparer.Ordinal).ToList();
        if (unknown.Count > 0)
        {
            throw DatabaseRefusedException.For(location, $"a newer version of RunMetrics wrote it (migration {unknown[^1]} is not known here); update this program");
        }

        // Names of tables, views and indexes are one space to SQLite, whatever their casing.
        var foreign = await ReadColumnAsync(
            connection, "SELECT type || ' ' || name FROM sqlite_master WHERE lower(name) IN ('runs', 'run_phase_metrics')", cancellationToken);
        if (applied.Count == 0 && foreign.Count > 0)
        {
            throw DatabaseRefusedException.For(location, $"another program made its {foreign[0]}; set another file");
        }
    }

    /// <summary>Takes the write lock and gives it back, which writes nothing.</summary>
    private static async Task RefuseUnwritableAsync(DatabaseLocation location, CancellationToken cancellationToken)
    {
        await using var connection = await OpenAsync(location, SqliteOpenMode.ReadWrite, cancellationToken);
        await using var transaction = connection.BeginTransaction();
        await transaction.RollbackAsync(cancellationToken);
    }

    private static async Task<List<string>> ReadColumnAsync(SqliteConnection connection, string sql, CancellationToken cancellationToken)
    {
        await using var command = connection.CreateCommand();
#pragma warning disable CA2100 // The statements are the constants above.
        command.CommandText = sql;
#pragma warning restore CA2100
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var values = new List<string>();
        while (await reader.ReadAsync(cancellationToken))
        {
            values.Add(reader.GetString(0));
        }

        return values;
    }
}
