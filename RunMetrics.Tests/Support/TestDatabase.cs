using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using RunMetrics.Data;
using RunMetrics.Data.Context;
using RunMetrics.Data.Queries;
using RunMetrics.Data.Startup;
using RunMetrics.Domain.Storage;

namespace RunMetrics.Tests.Support;

/// <summary>A real, migrated database file of a test's own, composed as the programs compose theirs, with a clock that the test sets.</summary>
public sealed class TestDatabase : IAsyncDisposable
{
    /// <summary>What the clock shows at first; not a whole millisecond, as no real clock is.</summary>
    public static readonly DateTimeOffset Now = new DateTimeOffset(2026, 1, 12, 10, 0, 0, 123, TimeSpan.Zero).AddTicks(4567);

    private static readonly Lazy<Task<byte[]>> Migrated = new(MigrateAsync);

    private readonly TemporaryFolder _folder;
    private readonly ServiceProvider _services;

    private TestDatabase(TemporaryFolder folder, string file, IInterceptor[] interceptors)
    {
        _folder = folder;
        FilePath = file;
        _services = Compose(file, Time, interceptors);
    }

    public FakeTimeProvider Time { get; } = new(Now);

    public string FilePath { get; }

    internal IDbContextFactory<RunMetricsDbContext> Contexts => _services.GetRequiredService<IDbContextFactory<RunMetricsDbContext>>();

    public IRunMetricsStore Store => _services.GetRequiredService<IRunMetricsStore>();

    public RunMetricsService Service => _services.GetRequiredService<RunMetricsService>();

    public RunMetricsQueries Queries => _services.GetRequiredService<RunMetricsQueries>();

    public static async Task<TestDatabase> CreateAsync(params IInterceptor[] interceptors)
    {
        var folder = new TemporaryFolder();
        var file = folder.File("runmetrics.db");
        await WriteEmptyAsync(file);
        return new TestDatabase(folder, file, interceptors);
    }

    /// <summary>Writes a migrated database without rows, as a program makes it at start where there is no file.</summary>
    public static async Task WriteEmptyAsync(string file) => await File.WriteAllBytesAsync(file, await Migrated.Value);

    /// <summary>The services of a program that uses the file. No connection outlives its use, so the file can be copied and deleted.</summary>
    public static ServiceProvider Compose(string file, TimeProvider time, params IInterceptor[] interceptors) =>
        new ServiceCollection()
            .AddSingleton(time)
            .AddRunMetricsSqlite(DatabaseLocation.Resolve($"Data Source={file};Pooling=False"))
            .ConfigureDbContext<RunMetricsDbContext>(options => options.AddInterceptors(interceptors))
            .BuildServiceProvider();

    /// <summary>A connection as a foreign program would open one.</summary>
    public static SqliteConnection OpenForeign(string file)
    {
        var connection = new SqliteConnection($"Data Source={file};Pooling=False");
        connection.Open();
        return connection;
    }

    /// <summary>The rows that a statement of a foreign program gives, each as the SQL literals of its values.</summary>
    public static IReadOnlyList<string> Rows(string file, string sql)
    {
        using var connection = OpenForeign(file);
        return Rows(connection, sql);
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

    public IReadOnlyList<string> Rows(string sql) => Rows(FilePath, sql);

    /// <summary>Every value of every row of all tables.</summary>
    public IReadOnlyList<string> Dump() =>
    [
        .. Rows("SELECT * FROM runs ORDER BY id"),
        .. Rows("SELECT * FROM run_labels ORDER BY run_id, name"),
        .. Rows("SELECT * FROM run_phase_metrics ORDER BY id"),
    ];

    public void Clear() => Rows("DELETE FROM runs");

    public async ValueTask DisposeAsync()
    {
        await _services.DisposeAsync();
        _folder.Dispose();
    }

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
