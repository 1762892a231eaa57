using System.Data.Common;
using System.Runtime.CompilerServices;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore.Diagnostics;

namespace RunMetrics.Data.Sqlite;

/// <summary>
/// Keeps the prepared statements of queries on connections that stay open: to prepare one takes longer than many a query. EF Core makes a command for
/// each execution, which would prepare its own; a command with the same text that was kept is executed instead of it.
/// </summary>
internal sealed class KeptStatements : DbCommandInterceptor
{
    /// <summary>Questions with all combinations of filters are some hundred; those that are kept are asked most.</summary>
    private const int MaxStatements = 64;

    private static readonly ConditionalWeakTable<DbConnection, Statements> Kept = [];

    /// <summary>From now on statements of this open connection are kept.</summary>
    public static void KeepFor(DbConnection connection) => Kept.Add(connection, new Statements());

    /// <summary>No more are kept: the connection is about to be closed, and may be opened again for something else.</summary>
    public static void ForgetFor(DbConnection connection) => Kept.Remove(connection);

    public override InterceptionResult<DbDataReader> ReaderExecuting(
        DbCommand command, CommandEventData eventData, InterceptionResult<DbDataReader> result) =>
        !result.HasResult && Kept.TryGetValue(command.Connection!, out var statements) && statements.Take(command) is { } kept
            ? InterceptionResult<DbDataReader>.SuppressWithResult(statements.Execute(kept))
            : result;

    public override ValueTask<InterceptionResult<DbDataReader>> ReaderExecutingAsync(
        DbCommand command, CommandEventData eventData, InterceptionResult<DbDataReader> result, CancellationToken cancellationToken = default)
    {
        // SQLite knows no waiting: the call with a token looks at it once and then does the same.
        cancellationToken.ThrowIfCancellationRequested();
        return new(ReaderExecuting(command, eventData, result));
    }

    public override InterceptionResult DataReaderDisposing(DbCommand command, DataReaderDisposingEventData eventData, InterceptionResult result)
    {
        if (Kept.TryGetValue(command.Connection!, out var statements))
        {
            statements.Return(eventData.DataReader);
        }

        return result;
    }

    /// <summary>The statements of a connection that nobody is reading; one caller uses a connection at a time.</summary>
    private sealed class Statements
    {
        private readonly Dictionary<string, SqliteCommand> _idle = new(StringComparer.Ordinal);
        private readonly Dictionary<DbDataReader, SqliteCommand> _reading = [];

        /// <summary>A command of the same text with the same parameters; null if no more are kept.</summary>
        public SqliteCommand? Take(DbCommand command)
        {
            if (!_idle.Remove(command.CommandText, out var kept))
            {
                if (_idle.Count + _reading.Count >= MaxStatements)
                {
                    return null;
                }

                kept = ((SqliteConnection)command.Connection!).CreateCommand();
#pragma warning disable CA2100 // It is the text of the other command.
                kept.CommandText = command.CommandText;
#pragma warning restore CA2100
            }

            kept.Parameters.Clear();
            foreach (DbParameter parameter in command.Parameters)
            {
                kept.Parameters.AddWithValue(parameter.ParameterName, parameter.Value);
            }

            kept.Transaction = (SqliteTransaction?)command.Transaction;
            kept.CommandTimeout = command.CommandTimeout;
            return kept;
        }

        public SqliteDataReader Execute(SqliteCommand kept)
        {
            var reader = kept.ExecuteReader();
            _reading.Add(reader, kept);
            return reader;
        }

        /// <summary>Its reader is disposed of directly after.</summary>
        public void Return(DbDataReader reader)
        {
            if (_reading.Remove(reader, out var kept) && !_idle.TryAdd(kept.CommandText, kept))
            {
                kept.Dispose();
            }
        }
    }
}
