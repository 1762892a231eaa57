using System.Data;
using System.Data.Common;
using Microsoft.EntityFrameworkCore;
using Npgsql;
using RunMetrics.Data.Context;
using RunMetrics.Data.Databases;

namespace RunMetrics.Data.PostgreSql;

/// <summary>Runs recorded in a PostgreSQL database.</summary>
internal sealed class PostgreSqlProvider : DatabaseProvider
{
    private const string DigitsOfNodes = """
        SELECT count.* FROM unnest({0}, {1}) AS wanted (series, node) JOIN duration_counts AS count USING (series, node)
        """;

    private readonly PostgreSqlLocation _location;
    private readonly NpgsqlDataSource _server;

    public PostgreSqlProvider(PostgreSqlLocation location)
    {
        _location = location;
        var options = new NpgsqlConnectionStringBuilder(location.ConnectionString);

        // Which of several hosts is meant is asked when a connection is opened, and is no part of what a data source is made of.
        var session = options.TargetSessionAttributes is { Length: > 0 } attributes
            ? Enum.Parse<TargetSessionAttributes>(attributes.Replace("-", "", StringComparison.Ordinal), ignoreCase: true)
            : TargetSessionAttributes.Any;
        options.TargetSessionAttributes = null;
        var builder = new NpgsqlDataSourceBuilder(options.ConnectionString);
        var choosesHost = options.Host!.Contains(',', StringComparison.Ordinal) || session != TargetSessionAttributes.Any;
        _server = choosesHost ? builder.BuildMultiHost().WithTargetSession(session) : builder.Build();
    }

    /// <inheritdoc />
    public override IDbContextFactory<RunMetricsDbContext> MakeContexts(Action<DbContextOptionsBuilder> configure)
    {
        var options = new DbContextOptionsBuilder<PostgreSqlRunMetricsDbContext>();
        options.UseNpgsql(_server, server => server
            .SetPostgresVersion(PostgreSqlPreparation.LeastVersion)
            .UseParameterizedCollectionMode(ParameterTranslationMode.Parameter));
        return ContextFactory.Create(options, configure);
    }

    /// <inheritdoc />
    public override Task PrepareAsync(IDbContextFactory<RunMetricsDbContext> contexts, TimeProvider time, CancellationToken cancellationToken) =>
        new PostgreSqlPreparation(_location, _server).PrepareAsync(contexts, cancellationToken);

    /// <inheritdoc />
    public override Task<DatabaseStatus> ReadStatusAsync(CancellationToken cancellationToken) =>
        new PostgreSqlStatus(_location, _server, MakeContexts(_ => { })).ReadAsync(cancellationToken);

    /// <inheritdoc />
    public override async Task RefuseOtherSchemaAsync(CancellationToken cancellationToken)
    {
        try
        {
            await using var context = await MakeContexts(_ => { }).CreateDbContextAsync(cancellationToken);
            await using var connection = await _server.OpenConnectionAsync(cancellationToken);
            await new PostgreSqlPreparation(_location, _server).RefuseOtherSchemaAsync(connection, context, cancellationToken);
        }
        catch (NpgsqlException exception)
        {
            throw DatabaseRefusedException.For(_location, PostgreSqlFailure.Explain(exception), exception);
        }
    }

    /// <inheritdoc />
    public override Task<IReadOnlyList<string>> VerifyAsync(IProgress<string>? progress, CancellationToken cancellationToken) =>
        new CountMaintenance(_location, _server, MakeContexts(_ => { })).VerifyAsync(progress, cancellationToken);

    /// <inheritdoc />
    public override Task<IReadOnlyList<string>> RebuildAsync(IProgress<string>? progress, CancellationToken cancellationToken) =>
        new CountMaintenance(_location, _server, MakeContexts(_ => { })).RebuildAsync(progress, cancellationToken);

    /// <inheritdoc />
    public override Task<DatabaseBackup> BackupAsync(string file, IProgress<string>? progress, CancellationToken cancellationToken) =>
        throw LeaveToServer("copied", "pg_dump");

    /// <inheritdoc />
    public override Task<DatabaseRestore> BeginRestoreAsync(string file, IProgress<string>? progress, CancellationToken cancellationToken) =>
        throw LeaveToServer("restored", "pg_restore");

    /// <inheritdoc />
    public override Task<DatabaseCompaction> CompactAsync(IProgress<string>? progress, CancellationToken cancellationToken) =>
        throw LeaveToServer("compacted", "VACUUM");

    /// <inheritdoc />
    public override WriteConnection OpenForWriting(IDbContextFactory<RunMetricsDbContext> contexts)
    {
        using var context = contexts.CreateDbContext();
        return new PostgreSqlWriteConnection(_server, context.Model);
    }

    /// <inheritdoc />
    public override async ValueTask<DbTransaction> BeginReadAsync(DbConnection connection, CancellationToken cancellationToken) =>
        await connection.BeginTransactionAsync(IsolationLevel.RepeatableRead, cancellationToken);

    /// <inheritdoc />
    public override IQueryable<DurationCount> ListDigits(RunMetricsDbContext context, IReadOnlyList<(long Series, long Node)> nodes) =>
        context.DurationCounts.FromSqlRaw(DigitsOfNodes, nodes.Select(node => node.Series).ToArray(), nodes.Select(node => node.Node).ToArray());

    /// <inheritdoc />
    public override string? FindUnavailability(Exception exception) => PostgreSqlFailure.FindUnavailability(exception);

    /// <inheritdoc />
    public override bool IsTransient(Exception exception) => PostgreSqlFailure.IsTransient(exception);

    /// <inheritdoc />
    public override void Dispose() => _server.Dispose();

    private DatabaseRefusedException LeaveToServer(string done, string tool) =>
        DatabaseRefusedException.For(_location, $"a database on a server is {done} by PostgreSQL's own means, here {tool}; see docs/databases.md");
}
