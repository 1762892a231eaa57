using System.Data;
using System.Data.Common;
using System.Text.Json;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using RunMetrics.Data.Context;
using RunMetrics.Data.Databases;
using SQLitePCL;

namespace RunMetrics.Data.Sqlite;

/// <summary>Runs recorded in a SQLite file. SQLite works on the thread of its caller and looks at no token.</summary>
internal sealed class SqliteProvider(SqliteLocation location) : DatabaseProvider
{
    private const string DigitsOfNodes = """
        SELECT count.* FROM json_each({0}) AS wanted
        CROSS JOIN duration_counts AS count ON count.series = wanted.value ->> 0 AND count.node = wanted.value ->> 1
        """;

    private static readonly KeptStatements Statements = new();

    /// <inheritdoc />
    public override IDbContextFactory<RunMetricsDbContext> MakeContexts(Action<DbContextOptionsBuilder> configure)
    {
        var options = new DbContextOptionsBuilder<SqliteRunMetricsDbContext>();

        // Lists travel as one parameter, so that a statement has one text however many values there are.
        options
            .UseSqlite(location.ConnectionString, sqlite => sqlite.UseParameterizedCollectionMode(ParameterTranslationMode.Parameter))
            .AddInterceptors(Statements);
        return ContextFactory.Create(options, configure);
    }

    /// <inheritdoc />
    public override Task PrepareAsync(IDbContextFactory<RunMetricsDbContext> contexts, TimeProvider time, CancellationToken cancellationToken) =>
        new SqlitePreparation(location, time).PrepareAsync(contexts, cancellationToken);

    /// <inheritdoc />
    public override Task<DatabaseStatus> ReadStatusAsync(CancellationToken cancellationToken) =>
        DoAsync(context => SqliteStatus.ReadAsync(location, context, cancellationToken), cancellationToken);

    /// <inheritdoc />
    public override Task RefuseOtherSchemaAsync(CancellationToken cancellationToken) => DoAsync(
        context => LongWork.DoAsync(
            location,
            connection => (SqliteInspection.FindProblemOfFacts(connection, context) ?? SqliteInspection.FindProblems(connection, context).FirstOrDefault()) is { } problem
                ? throw DatabaseRefusedException.For(location, problem)
                : Task.FromResult(true),
            cancellationToken),
        cancellationToken);

    /// <inheritdoc />
    public override Task<IReadOnlyList<string>> VerifyAsync(IProgress<string>? progress, CancellationToken cancellationToken) =>
        DoAsync(context => SqliteVerification.VerifyAsync(location, context, progress, cancellationToken), cancellationToken);

    /// <inheritdoc />
    public override Task<IReadOnlyList<string>> RebuildAsync(IProgress<string>? progress, CancellationToken cancellationToken) =>
        DoAsync(context => CountRebuild.RebuildAsync(location, context, progress, cancellationToken), cancellationToken);

    /// <inheritdoc />
    public override Task<DatabaseBackup> BackupAsync(string file, IProgress<string>? progress, CancellationToken cancellationToken) =>
        DoAsync(context => SqliteBackup.MakeAsync(location, context, file, progress, cancellationToken), cancellationToken);

    /// <inheritdoc />
    public override async Task<DatabaseRestore> BeginRestoreAsync(string file, IProgress<string>? progress, CancellationToken cancellationToken)
    {
        var context = await MakeContexts(_ => { }).CreateDbContextAsync(cancellationToken);
        return await Task.Run(() => SqliteRestore.BeginAsync(location, file, context, progress, cancellationToken), cancellationToken);
    }

    /// <inheritdoc />
    public override Task<DatabaseCompaction> CompactAsync(IProgress<string>? progress, CancellationToken cancellationToken) =>
        DoAsync(context => SqliteCompaction.CompactAsync(location, context, progress, cancellationToken), cancellationToken);

    /// <inheritdoc />
    public override bool HasOneWriter => true;

    /// <inheritdoc />
    public override WriteConnection OpenForWriting(IDbContextFactory<RunMetricsDbContext> contexts) => SqliteWriteConnection.Open(contexts);

    /// <inheritdoc />
    public override void KeepReader(DbConnection connection) => KeptStatements.KeepFor(connection);

    /// <inheritdoc />
    public override void ForgetReader(DbConnection connection) => KeptStatements.ForgetFor(connection);

    /// <remarks>Deferred: without it SQLite would take its write lock at once.</remarks>
    /// <inheritdoc />
    public override ValueTask<DbTransaction> BeginReadAsync(DbConnection connection, CancellationToken cancellationToken) =>
        new(((SqliteConnection)connection).BeginTransaction(IsolationLevel.Serializable, deferred: true));

    /// <inheritdoc />
    public override CancellationTokenRegistration InterruptOn(DbConnection connection, CancellationToken cancellationToken) =>
        cancellationToken.UnsafeRegister(static running => raw.sqlite3_interrupt(((SqliteConnection)running!).Handle!), connection);

    /// <inheritdoc />
    public override IQueryable<DurationCount> ListDigits(RunMetricsDbContext context, IReadOnlyList<(long Series, long Node)> nodes) =>
        context.DurationCounts.FromSqlRaw(DigitsOfNodes, JsonSerializer.Serialize(nodes.Select(node => new[] { node.Series, node.Node })));

    /// <inheritdoc />
    public override string? FindUnavailability(Exception exception) => SqliteFailure.FindUnavailability(exception);

    /// <inheritdoc />
    public override bool IsInterruption(Exception exception) => exception is SqliteException { SqliteErrorCode: raw.SQLITE_INTERRUPT };

    /// <inheritdoc />
    public override void Dispose()
    {
        // Its connections are those of the contexts.
    }

    /// <summary>The context is for the model, the migrations and queries: it opens no connection by itself.</summary>
    private async Task<T> DoAsync<T>(Func<RunMetricsDbContext, Task<T>> workAsync, CancellationToken cancellationToken)
    {
        await using var context = await MakeContexts(_ => { }).CreateDbContextAsync(cancellationToken);
        return await Task.Run(() => workAsync(context), cancellationToken);
    }
}
