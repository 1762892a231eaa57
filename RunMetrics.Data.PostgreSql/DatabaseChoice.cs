using RunMetrics.Data.Databases;
using RunMetrics.Data.Sqlite;

namespace RunMetrics.Data.PostgreSql;

/// <summary>Which database a connection string means, for programs that work on either.</summary>
public static class DatabaseChoice
{
    /// <summary>Finds the database of the configuration.</summary>
    /// <param name="connectionString">
    /// <c>Host=…</c> or <c>postgresql://…</c> for a PostgreSQL server, <c>Data Source=…</c> for a SQLite file; when null or empty, the file
    /// <c>runmetrics.db</c> in the user's local application data folder.
    /// </param>
    /// <exception cref="DatabaseRefusedException">The connection string cannot be read or names no database.</exception>
    public static DatabaseLocation Resolve(string? connectionString) => string.IsNullOrWhiteSpace(connectionString)
        ? SqliteLocation.Resolve(connectionString)
        : Resolve(connectionString, $"ConnectionStrings:{DatabaseLocation.ConnectionName}");

    /// <summary>Finds the database that an option names.</summary>
    /// <param name="database">The path of a SQLite file, or an address or a connection string of PostgreSQL.</param>
    /// <param name="option">The option.</param>
    /// <exception cref="DatabaseRefusedException">The connection string cannot be read or names no database.</exception>
    public static DatabaseLocation Named(string database, string option) => PostgreSqlLocation.IsMeant(database)
        ? PostgreSqlLocation.Parse(database, option)
        : SqliteLocation.ForFile(database);

    /// <summary>Finds the database that a connection string names.</summary>
    /// <param name="connectionString">The connection string.</param>
    /// <param name="setting">What it was given as.</param>
    /// <exception cref="DatabaseRefusedException">The connection string cannot be read or names no database.</exception>
    public static DatabaseLocation Resolve(string connectionString, string setting) => PostgreSqlLocation.IsMeant(connectionString)
        ? PostgreSqlLocation.Parse(connectionString, setting)
        : SqliteLocation.Resolve(connectionString, setting);
}
