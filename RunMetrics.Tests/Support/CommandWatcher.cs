using System.Data.Common;
using Microsoft.EntityFrameworkCore.Diagnostics;

namespace RunMetrics.Tests.Support;

/// <summary>A statement that was run, and how the database runs it.</summary>
internal sealed record SeenCommand(string Text, IReadOnlyList<string> Plan);

/// <summary>Asks the connection of each command how it runs it.</summary>
internal sealed class CommandWatcher : DbCommandInterceptor
{
    public List<SeenCommand> Seen { get; } = [];

    public override ValueTask<InterceptionResult<DbDataReader>> ReaderExecutingAsync(
        DbCommand command, CommandEventData eventData, InterceptionResult<DbDataReader> result, CancellationToken cancellationToken = default)
    {
        Look(command);
        return ValueTask.FromResult(result);
    }

    public override ValueTask<InterceptionResult<int>> NonQueryExecutingAsync(
        DbCommand command, CommandEventData eventData, InterceptionResult<int> result, CancellationToken cancellationToken = default)
    {
        Look(command);
        return ValueTask.FromResult(result);
    }

    private void Look(DbCommand command)
    {
        var text = command.CommandText;
        Seen.Add(new SeenCommand(
            text,
            text.StartsWith("SELECT", StringComparison.Ordinal) ? Ask(command, $"EXPLAIN QUERY PLAN {text}", column: 3) : []));
    }

    private static List<string> Ask(DbCommand about, string sql, int column = 0)
    {
        using var command = about.Connection!.CreateCommand();
        command.Transaction = about.Transaction;
#pragma warning disable CA2100 // The statement is one of EF Core's.
        command.CommandText = sql;
#pragma warning restore CA2100
        foreach (DbParameter parameter in about.Parameters)
        {
            var copy = command.CreateParameter();
            (copy.ParameterName, copy.Value) = (parameter.ParameterName, parameter.Value);
            command.Parameters.Add(copy);
        }

        using var reader = command.ExecuteReader();
        var values = new List<string>();
        while (reader.Read())
        {
            values.Add(reader.GetString(column));
        }

        return values;
    }
}
