using System.Data;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Migrations;
using Npgsql;
using RunMetrics.Data.Context;
using RunMetrics.Data.Databases;

namespace RunMetrics.Data.PostgreSql;

/// <summary>Makes a database ready: refuses one that cannot be used, and brings one that can to the schema of this version.</summary>
internal sealed class PostgreSqlPreparation(PostgreSqlLocation location, NpgsqlDataSource server)
{
    /// <summary>The least version of PostgreSQL.</summary>
    public static readonly Version LeastVersion = new(14, 0);

    /// <summary>The key of the lock under which migrations are applied.</summary>
    private const long MigrationLock = 0x52756E4D65747269;

    private const string History = $"\"{HistoryRepository.DefaultTableName}\"";

    /// <inheritdoc cref="DatabaseProvider.PrepareAsync"/>
    public async Task PrepareAsync(IDbContextFactory<RunMetricsDbContext> contexts, CancellationToken cancellationToken)
    {
        try
        {
            await using var context = await contexts.CreateDbContextAsync(cancellationToken);
            await using var connection = await server.OpenConnectionAsync(cancellationToken);
            RefuseServer(connection);
            if ((await FindMigrationsAsync(connection, context, cancellationToken)).Pending > 0)
            {
                await MigrateAsync(connection, context, cancellationToken);
            }

            await RefuseMissingPartAsync(connection, context, cancellationToken);
        }
        catch (Exception exception) when (PostgreSqlFailure.Find(exception) is { } failure)
        {
            throw DatabaseRefusedException.For(location, PostgreSqlFailure.Explain(failure), exception);
        }
    }

    /// <summary>Refuses a database that is not of the schema of this version.</summary>
    /// <exception cref="DatabaseRefusedException">It is of another version, or of another program.</exception>
    public async Task RefuseOtherSchemaAsync(NpgsqlConnection connection, RunMetricsDbContext context, CancellationToken cancellationToken)
    {
        RefuseServer(connection);
        if (await FindMigrationsAsync(connection, context, cancellationToken) is { Pending: > 0 } found)
        {
            await RefuseTableOfAnotherAsync(found.Applied, connection, context, cancellationToken);
            throw DatabaseRefusedException.For(location, "it is of an older version; start this version of the API or of a runner on it first");
        }
    }

    /// <summary>The last migration that was applied, if any was, and how many are pending.</summary>
    /// <exception cref="DatabaseRefusedException">It is of a newer version, or of another program.</exception>
    public async Task<(string? Last, int Pending)> ReadMigrationsAsync(
        NpgsqlConnection connection, RunMetricsDbContext context, CancellationToken cancellationToken)
    {
        RefuseServer(connection);
        var (applied, pending) = await FindMigrationsAsync(connection, context, cancellationToken);
        await RefuseTableOfAnotherAsync(applied, connection, context, cancellationToken);
        return (applied is [.., var last] ? last : null, pending);
    }

    /// <summary>What of a server and its database keeps from using it, as the rest of a sentence about the database; null when nothing does.</summary>
    public static string? FindFault(Version version, string encoding) =>
        version < LeastVersion ? $"the server is PostgreSQL {version}; {LeastVersion.Major} or later is needed"
        : encoding != "UTF8" ? $"its encoding is {encoding}; UTF8 is needed"
        : null;

    private void RefuseServer(NpgsqlConnection connection)
    {
        if (FindFault(connection.PostgreSqlVersion, connection.PostgresParameters["server_encoding"]) is { } fault)
        {
            throw DatabaseRefusedException.For(location, fault);
        }
    }

    private async Task MigrateAsync(NpgsqlConnection connection, RunMetricsDbContext context, CancellationToken cancellationToken)
    {
        // It ends with the connection: nobody waits for a process that was killed.
        await connection.ExecuteAsync($"SELECT pg_advisory_lock({MigrationLock})", cancellationToken);
        try
        {
            // Whoever held the lock before may have done the work. Only now nobody is making tables of which the history does not tell yet.
            var (applied, pending) = await FindMigrationsAsync(connection, context, cancellationToken);
            await RefuseTableOfAnotherAsync(applied, connection, context, cancellationToken);
            if (pending > 0)
            {
                await context.Database.MigrateAsync(cancellationToken);
            }
        }
        finally
        {
            // The connection goes back to the pool, where it would keep the lock.
            if (connection.State == ConnectionState.Open)
            {
                await connection.ExecuteAsync($"SELECT pg_advisory_unlock({MigrationLock})", CancellationToken.None);
            }
        }
    }

    private async Task<(IReadOnlyList<string> Applied, int Pending)> FindMigrationsAsync(
        NpgsqlConnection connection, RunMetricsDbContext context, CancellationToken cancellationToken)
    {
        var known = context.Database.GetMigrations().ToList();
        var applied = await FindRelationAsync(connection, [History], exists: true, cancellationToken) is not null
            ? await connection.ReadColumnAsync($"SELECT \"MigrationId\" FROM {History} ORDER BY 1", timeLimit: null, cancellationToken)
            : [];
        if (applied.Except(known, StringComparer.Ordinal).LastOrDefault() is { } unknown)
        {
            throw DatabaseRefusedException.For(
                location, $"a newer version of RunMetrics wrote it (migration {unknown} is not known here); update this program");
        }

        return (applied, known.Except(applied, StringComparer.Ordinal).Count());
    }

    private async Task RefuseTableOfAnotherAsync(
        IReadOnlyList<string> applied, NpgsqlConnection connection, RunMetricsDbContext context, CancellationToken cancellationToken)
    {
        if (applied.Count == 0 && await FindRelationAsync(connection, RelationsOf(context), exists: true, cancellationToken) is { } table)
        {
            throw DatabaseRefusedException.For(location, $"another program made its {table}; name another database or schema");
        }
    }

    private async Task RefuseMissingPartAsync(NpgsqlConnection connection, RunMetricsDbContext context, CancellationToken cancellationToken)
    {
        if (await FindRelationAsync(connection, RelationsOf(context), exists: false, cancellationToken) is { } relation)
        {
            throw DatabaseRefusedException.For(location, $"it lacks the table {relation}; restore it from a backup");
        }

        if ((await connection.ReadColumnAsync(CountSchema.MissingTriggers, timeLimit: null, cancellationToken)).FirstOrDefault() is { } trigger)
        {
            throw DatabaseRefusedException.For(location, CountMaintenance.ExplainMissing(trigger));
        }
    }

    private static IEnumerable<string> RelationsOf(RunMetricsDbContext context)
    {
        var model = context.Model.GetRelationalModel();
        return model.Tables.Select(table => table.Name).Concat(model.Views.Select(view => view.Name)).Concat(CountSchema.OtherTables);
    }

    /// <summary>The first of some relations that is there, or is not; null when there is none.</summary>
    private static async Task<string?> FindRelationAsync(
        NpgsqlConnection connection, IEnumerable<string> relations, bool exists, CancellationToken cancellationToken)
    {
        var sql = $"""
            SELECT name FROM unnest(ARRAY[{string.Join(", ", relations.Select(relation => $"'{relation}'"))}]) WITH ORDINALITY AS relations (name, position)
            WHERE to_regclass(name) IS {(exists ? "NOT " : "")}NULL ORDER BY position LIMIT 1
            """;
        return (await connection.ReadColumnAsync(sql, timeLimit: null, cancellationToken)).SingleOrDefault();
    }
}
