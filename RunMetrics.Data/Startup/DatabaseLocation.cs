using Microsoft.Data.Sqlite;

namespace RunMetrics.Data.Startup;

/// <summary>Which database file is used.</summary>
public sealed record DatabaseLocation
{
    /// <summary>The name of the connection string in the configuration.</summary>
    public const string ConnectionName = "RunMetrics";

    private const string DefaultFileName = "runmetrics.db";

    private DatabaseLocation(string filePath, string connectionString)
    {
        FilePath = filePath;
        ConnectionString = connectionString;
    }

    /// <summary>The full path of the database file.</summary>
    public string FilePath { get; }

    /// <summary>The connection string, with <see cref="FilePath"/> as its data source.</summary>
    public string ConnectionString { get; }

    /// <summary>Finds the database file.</summary>
    /// <param name="connectionString">
    /// A connection string of Microsoft.Data.Sqlite that names a file; a relative one is taken from the working directory. When null or empty,
    /// the file is <c>runmetrics.db</c> in the user's local application data folder.
    /// </param>
    /// <exception cref="DatabaseRefusedException">The connection string cannot be read or names no file.</exception>
    public static DatabaseLocation Resolve(string? connectionString) =>
        string.IsNullOrWhiteSpace(connectionString) ? ForFile(DefaultFile()) : Resolve(connectionString, $"ConnectionStrings:{ConnectionName}");

    /// <summary>Finds the file that a connection string names.</summary>
    /// <param name="connectionString">The connection string.</param>
    /// <param name="setting">What it was given as.</param>
    /// <exception cref="DatabaseRefusedException">The connection string cannot be read or names no file.</exception>
    internal static DatabaseLocation Resolve(string connectionString, string setting)
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
    public static DatabaseLocation ForFile(string path) => At(Path.GetFullPath(path), new SqliteConnectionStringBuilder());

    private static DatabaseLocation At(string fullPath, SqliteConnectionStringBuilder builder)
    {
        builder.DataSource = fullPath;
        return new DatabaseLocation(fullPath, builder.ConnectionString);
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
