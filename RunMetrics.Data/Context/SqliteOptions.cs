using Microsoft.EntityFrameworkCore;

namespace RunMetrics.Data.Context;

/// <summary>How contexts use SQLite.</summary>
internal static class SqliteOptions
{
    private static readonly KeptStatements Statements = new();

    /// <summary>Lists travel as one parameter, so that a statement has one text however many values there are.</summary>
    public static DbContextOptionsBuilder UseDatabase(this DbContextOptionsBuilder options, string connectionString) => options
        .UseSqlite(connectionString, sqlite => sqlite.UseParameterizedCollectionMode(ParameterTranslationMode.Parameter))
        .AddInterceptors(Statements);
}
