using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Microsoft.Extensions.Logging;

namespace RunMetrics.Data.Context;

/// <summary>How contexts use SQLite.</summary>
internal static class SqliteOptions
{
    private static readonly KeptStatements Statements = new();

    /// <summary>
    /// Lists travel as one parameter, so that a statement has one text however many values there are. A host that logs what happens does not log
    /// every statement with it.
    /// </summary>
    public static DbContextOptionsBuilder UseDatabase(this DbContextOptionsBuilder options, string connectionString) => options
        .UseSqlite(connectionString, sqlite => sqlite.UseParameterizedCollectionMode(ParameterTranslationMode.Parameter))
        .ConfigureWarnings(events => events.Log((RelationalEventId.CommandExecuted, LogLevel.Debug)))
        .AddInterceptors(Statements);
}
