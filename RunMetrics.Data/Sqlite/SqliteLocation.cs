using Microsoft.Data.Sqlite;
using RunMetrics.Data.Databases;

namespace RunMetrics.Data.Sqlite;

/// <summary>A SQLite file.</summary>
public sealed class SqliteLocation : DatabaseLocation
{
    private const string DefaultFileName = "runmetrics.db";

    private SqliteLocation(string filePath, string connectionString)
        : base(filePath, connectionString)
    {
    }

    /// <summary>The full path of the database file.</summary>
    public string FilePath => Name;

    /// <summary>Finds the database file.</summary>
    /// <param name="connectionString">
    /// A connection string of Microsoft.Data.Sqlite that names a file; a relative one is taken from the working directory. When null or empty,
    /// the file is <c>runmetrics.db</c> in the user's local application data folder.
    /// </param>
    /// <exception cref="DatabaseRefusedException">The connection string cannot be read or names no file.</exception>
    public static SqliteLocation Resolve(string? connectionString) =>
        string.IsNullOrWhiteSpace(connectionString) ? ForFile(DefaultFile()) : Resolve(connectionString, $"ConnectionStrings:{ConnectionName}");

    /// <summary>Finds the file that a connection string names.</summary>
    /// <param name="connectionString">The connection string.</param>
    /// <param name="setting">What it was given as.</param>
    /// <exception cref="DatabaseRefusedException">The connection string cannot be read or names no file.</exception>
    internal static SqliteLocation Resolve(string connectionString, string setting)
    {
        SqliteConnectionStringBuilder builder;
        try
        {
            builder = new SqliteConnectionStringBuilder(connectionString);
        }
        catch (ArgumentException exception)
        {
            throw new DatabaseRefusedException(
                $"{setting} is '{connectionString}', which cannot be read ({exception.Message}); accepted: 'Data Source=FILE'.",
                exception);
        }

        var isFile = builder.DataSource.Length > 0
            && builder.Mode is SqliteOpenMode.ReadWriteCreate or SqliteOpenMode.ReadWrite
            && !builder.DataSource.StartsWith(":memory:", StringComparison.OrdinalIgnoreCase)
            && !builder.DataSource.StartsWith("file:", StringComparison.OrdinalIgnoreCase);
        if (!isFile)
        {
            throw new DatabaseRefusedException(
                $"{setting} is '{connectionString}', which names no file that can be written; accepted: 'Data Source=FILE'.");
        }

        return At(Path.GetFullPath(builder.DataSource), builder);
    }

    /// <summary>The location of a database file by its path; a relative one is taken from the working directory.</summary>
    public static SqliteLocation ForFile(string path) => At(Path.GetFullPath(path), new SqliteConnectionStringBuilder());

    /// <inheritdoc />
    internal override DatabaseProvider CreateProvider() => new SqliteProvider(this);

    private static SqliteLocation At(string fullPath, SqliteConnectionStringBuilder builder)
    {
        builder.DataSource = fullPath;
        return new SqliteLocation(fullPath, builder.ConnectionString);
    }

    private static string DefaultFile()
    {
        var folder = Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.Create);
        return folder.Length > 0
            ? Path.Combine(folder, DefaultFileName)
            : throw new DatabaseRefusedException(
                $"There is no local application data folder for {DefaultFileName}; set ConnectionStrings:{ConnectionName} to 'Data Source=FILE'.");
    }
}
