using System.Collections.Concurrent;
using System.Globalization;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using RunMetrics.Data.Databases;
using RunMetrics.Data.PostgreSql;
using RunMetrics.Domain.Facts;

namespace RunMetrics.Tests.Support;

/// <summary>A database on the server of all tests. Making one takes longer than emptying one, so one that is given back is used again.</summary>
public sealed class PostgreSqlTestDatabase : TestDatabase
{
    /// <summary>Makes a migrated database as good as new.</summary>
    public const string DeleteAll = """
        DELETE FROM runs;
        DELETE FROM uncounted_phases;
        DELETE FROM uncounted_runs;
        DELETE FROM run_counts;
        DELETE FROM phase_counts;
        DELETE FROM duration_counts;
        DELETE FROM projects;
        """;

    private const string Template = "migrated";

    private static readonly ConcurrentBag<string> Idle = [];
    private static readonly Lazy<Task> Migrated = new(MigrateAsync);
    private static int _count;

    private readonly PostgreSqlServer _server;
    private readonly string _name;
    private bool _hasOtherSchema;

    private PostgreSqlTestDatabase(PostgreSqlServer server, string name, IInterceptor[] interceptors)
        : base(PostgreSqlLocation.Parse(server.ConnectionStringOf(name), "test"), interceptors)
    {
        _server = server;
        _name = name;
    }

    public override string Target => _server.ConnectionStringOf(_name);

    public static async Task<PostgreSqlTestDatabase> CreateAsync(params IInterceptor[] interceptors)
    {
        var server = await PostgreSqlServer.GetSharedAsync();
        await Migrated.Value;
        if (!Idle.TryTake(out var name))
        {
            name = $"test_{Interlocked.Increment(ref _count).ToString(CultureInfo.InvariantCulture)}";
            await server.ExecuteAsync($"CREATE DATABASE {name} TEMPLATE {Template}");
        }

        return new PostgreSqlTestDatabase(server, name, interceptors);
    }

    /// <summary>A new, empty database on the server of all tests, which nobody else uses.</summary>
    public static async Task<string> CreateEmptyAsync()
    {
        var server = await PostgreSqlServer.GetSharedAsync();
        var name = $"empty_{Interlocked.Increment(ref _count).ToString(CultureInfo.InvariantCulture)}";
        await server.ExecuteAsync($"CREATE DATABASE {name}");
        return server.ConnectionStringOf(name);
    }

    public override IReadOnlyList<string> Rows(string sql)
    {
        // A test that changes the schema leaves a database that no other can use.
        _hasOtherSchema |= ((string[])["ALTER ", "TRIGGER ", "CREATE ", "DROP "]).Any(word => sql.Contains(word, StringComparison.Ordinal));
        using var connection = new NpgsqlConnection(Target);
        connection.Open();
#pragma warning disable CA2100 // The statements are the constants of tests.
        using var command = new NpgsqlCommand(sql, connection);
#pragma warning restore CA2100
        using var reader = command.ExecuteReader();
        var rows = new List<string>();
        while (reader.Read())
        {
            rows.Add(string.Join('|', Enumerable.Range(0, reader.FieldCount).Select(i => Text(reader.GetValue(i)))));
        }

        return rows;
    }

    public override IDisposable Lock()
    {
        var connection = new NpgsqlConnection(Target + ";Pooling=False");
        connection.Open();
        using var command = new NpgsqlCommand("BEGIN; LOCK TABLE runs, run_labels, run_phase_metrics IN SHARE ROW EXCLUSIVE MODE", connection);
        command.ExecuteNonQuery();
        return connection;
    }

    public override void CountChanges() => Rows("SELECT count_changes()::text");

    public override bool HasOldReader() =>
        Rows("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_xmin IS NOT NULL") is not ["0"];

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        if (_hasOtherSchema)
        {
            return;
        }

        // What a program sent before it was killed may still be stored.
        await Eventually.TrueAsync(() => Rows(
            """
            SELECT count(*) FROM pg_stat_activity
            WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend' AND state <> 'idle'
            """) is ["0"]);
        await _server.ExecuteAsync(DeleteAll, _name);
        Idle.Add(_name);
    }

    private static string Text(object value) => value switch
    {
        DBNull => "NULL",
        DateTime instant => Instants.Format(new DateTimeOffset(instant)),
        bool isTrue => isTrue ? "1" : "0",
        _ => Convert.ToString(value, CultureInfo.InvariantCulture)!,
    };

    private static async Task MigrateAsync()
    {
        var server = await PostgreSqlServer.GetSharedAsync();
        await server.ExecuteAsync($"CREATE DATABASE {Template}");

        // A database that somebody is connected to is no template.
        await using var services = Compose(
            PostgreSqlLocation.Parse(server.ConnectionStringOf(Template) + ";Pooling=False", "test"), TimeProvider.System);
        await services.GetRequiredService<RunMetricsDatabase>().PrepareAsync(CancellationToken.None);
    }
}
