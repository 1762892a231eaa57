using System.Globalization;
using Npgsql;
using RunMetrics.Data.PostgreSql;

namespace RunMetrics.Benchmarks.PostgreSql;

/// <summary>A server, and the databases that were made on it; they go when this is disposed of.</summary>
internal sealed class DatabaseServer : IAsyncDisposable
{
    private readonly NpgsqlConnectionStringBuilder _options;
    private readonly NpgsqlDataSource _maintenance;
    private readonly string _prefix = $"runmetrics_benchmark_{Guid.CreateVersion7(TimeProvider.System.GetUtcNow()):N}";
    private readonly HashSet<string> _databases = new(StringComparer.Ordinal);
    private int _count;

    /// <param name="location">A database of the server, from which others are made and dropped.</param>
    public DatabaseServer(PostgreSqlLocation location)
    {
        _options = new NpgsqlConnectionStringBuilder(location.ConnectionString);
        _maintenance = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(location.ConnectionString) { Pooling = false });
    }

    /// <summary>The version of the server, and the settings that say what a commit waits for and how much is kept in memory.</summary>
    public async Task<string> DescribeAsync()
    {
        string[] settings = ["server_version", "fsync", "synchronous_commit", "shared_buffers"];
        var values = new List<string>();
        foreach (var setting in settings)
        {
            values.Add($"{setting} {await AskAsync($"SHOW {setting}")}");
        }

        return string.Join(", ", values);
    }

    /// <summary>Makes a database.</summary>
    /// <param name="template">One to copy, which nobody is connected to; null for an empty one.</param>
    /// <returns>Its connection string.</returns>
    public async Task<string> CreateAsync(string? template = null)
    {
        var name = string.Create(CultureInfo.InvariantCulture, $"{_prefix}_{++_count}");
        await ExecuteAsync($"CREATE DATABASE {name} {(template is null ? "ENCODING 'UTF8' TEMPLATE template0" : $"TEMPLATE {NameOf(template)}")}");
        _databases.Add(name);
        return new NpgsqlConnectionStringBuilder(_options.ConnectionString) { Database = name }.ConnectionString;
    }

    /// <summary>Drops a database, whoever is connected to it.</summary>
    /// <param name="connectionString">Its connection string.</param>
    public async Task DropAsync(string connectionString)
    {
        await ExecuteAsync($"DROP DATABASE {NameOf(connectionString)} WITH (FORCE)");
        _databases.Remove(NameOf(connectionString));
    }

    /// <summary>Writes to the disk what waits for it, where this user may ask for it, so that nobody who is measured waits for the disk because of it.</summary>
    public async Task CheckpointAsync()
    {
        try
        {
            await ExecuteAsync("CHECKPOINT");
        }
        catch (PostgresException exception) when (exception.SqlState == PostgresErrorCodes.InsufficientPrivilege)
        {
            // The server does it in its own time.
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var name in _databases)
        {
            await ExecuteAsync($"DROP DATABASE {name} WITH (FORCE)");
        }

        await _maintenance.DisposeAsync();
    }

    private static string NameOf(string connectionString) => new NpgsqlConnectionStringBuilder(connectionString).Database!;

    private async Task ExecuteAsync(string sql)
    {
        await using var connection = await _maintenance.OpenConnectionAsync();
        await connection.ExecuteAsync(sql);
    }

    private async Task<string> AskAsync(string sql)
    {
        await using var connection = await _maintenance.OpenConnectionAsync();
        return (await connection.ReadAllAsync(sql, row => row.GetString(0))).Single();
    }
}
