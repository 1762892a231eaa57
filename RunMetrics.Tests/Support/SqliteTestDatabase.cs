using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using RunMetrics.Data.Databases;
using RunMetrics.Data.Sqlite;

namespace RunMetrics.Tests.Support;

/// <summary>A database file. No connection outlives its use, so the file can be copied and deleted.</summary>
public sealed class SqliteTestDatabase : TestDatabase
{
    private static readonly Lazy<Task<byte[]>> Migrated = new(MigrateAsync);

    private readonly TemporaryFolder _folder;

    private SqliteTestDatabase(TemporaryFolder folder, string file, IInterceptor[] interceptors)
        : base(LocationOf(file), interceptors)
    {
        _folder = folder;
        FilePath = file;
    }

    public string FilePath { get; }

    public override string Target => FilePath;

    public static async Task<SqliteTestDatabase> CreateAsync(params IInterceptor[] interceptors)
    {
        var folder = new TemporaryFolder();
        var file = folder.File("runmetrics.db");
        await WriteEmptyAsync(file);
        return new SqliteTestDatabase(folder, file, interceptors);
    }

    /// <summary>Writes a migrated database without rows, as a program makes it at start where there is no file.</summary>
    public static async Task WriteEmptyAsync(string file) => await File.WriteAllBytesAsync(file, await Migrated.Value);

    /// <summary>The services of a program that uses the file.</summary>
    public static ServiceProvider Compose(string file, TimeProvider time, params IInterceptor[] interceptors) =>
        Compose(LocationOf(file), time, interceptors);

    /// <summary>A connection as a foreign program would open one.</summary>
    public static SqliteConnection OpenForeign(string file)
    {
        var connection = new SqliteConnection($"Data Source={file};Pooling=False");
        connection.Open();
        return connection;
    }

    /// <summary>The rows that a statement of a foreign program gives.</summary>
    public static IReadOnlyList<string> Rows(string file, string sql)
    {
        using var connection = OpenForeign(file);
        return Rows(connection, sql);
    }

    /// <summary>Every value of every row of all tables of a file.</summary>
    public static IReadOnlyList<string> Dump(string file)
    {
        using var connection = OpenForeign(file);
        return [.. DumpStatements.SelectMany(sql => Rows(connection, sql))];
    }

    /// <inheritdoc cref="Rows(string, string)"/>
    public static IReadOnlyList<string> Rows(SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
#pragma warning disable CA2100 // The statements are the constants of tests.
        command.CommandText = sql;
#pragma warning restore CA2100
        using var reader = command.ExecuteReader();
        var rows = new List<string>();
        while (reader.Read())
        {
            var values = Enumerable.Range(0, reader.FieldCount).Select(i => reader.IsDBNull(i) ? "NULL" : reader.GetString(i));
            rows.Add(string.Join('|', values));
        }

        return rows;
    }

    public override IReadOnlyList<string> Rows(string sql) => Rows(FilePath, sql);

    public override IDisposable Lock() => new DatabaseLock(FilePath);

    public override void CountChanges() => Rows("INSERT INTO counting VALUES (NULL)");

    /// <remarks>Busy, pages in the log, pages moved out of it: who reads an old state keeps the log from being emptied.</remarks>
    public override bool HasOldReader() => Rows("PRAGMA wal_checkpoint(TRUNCATE)") is not ["0|0|0"];

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        _folder.Dispose();
    }

    private static SqliteLocation LocationOf(string file) => SqliteLocation.Resolve($"Data Source={file};Pooling=False");

    private static async Task<byte[]> MigrateAsync()
    {
        using var folder = new TemporaryFolder();
        var file = folder.File("runmetrics.db");
        await using (var services = Compose(file, TimeProvider.System))
        {
            await services.GetRequiredService<RunMetricsDatabase>().PrepareAsync(CancellationToken.None);
        }

        return await File.ReadAllBytesAsync(file);
    }
}
