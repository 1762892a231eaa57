using System.Text.Json.Serialization;
using RunMetrics.Data.Databases;
using RunMetrics.Data.PostgreSql;
using RunMetrics.Data.Sqlite;
using RunMetrics.Runner.Exit;

namespace RunMetrics.Runner.Recording;

/// <summary>Which store a run is recorded into: a database or the API of a server. Exactly one is given.</summary>
internal sealed record RecordingLocation
{
    /// <summary>The connection string of the database, with the full path of its file and all options that were given, but without a password.</summary>
    public string? ConnectionString { get; init; }

    /// <summary>The full path of the database file, in the state of a run that was started before connection strings were kept.</summary>
    public string? DatabaseFile { get; init; }

    /// <summary>The address of the API.</summary>
    public Uri? Server { get; init; }

    /// <summary>The database.</summary>
    /// <exception cref="InvalidOperationException">It is a server.</exception>
    [JsonIgnore]
    public DatabaseLocation Database => Named
        ?? (ConnectionString is not null ? WithSecretsOfTheEnvironment(DatabaseChoice.Resolve(ConnectionString))
            : DatabaseFile is not null ? SqliteLocation.ForFile(DatabaseFile)
            : throw new InvalidOperationException("The run is not recorded into a database."));

    /// <summary>The database as it was named, with what may not be kept.</summary>
    private DatabaseLocation? Named { get; init; }

    /// <summary>Finds it: what the options name, else what the environment names, as <see cref="RecorderLocation"/> has it.</summary>
    /// <exception cref="RefusedException">The options or the server of the environment cannot be used.</exception>
    /// <exception cref="DatabaseRefusedException">A connection string cannot be read or names no database.</exception>
    public static RecordingLocation Find(string? database, string? server)
    {
        if (server is not null)
        {
            return FindServer(server, database);
        }

        if (database is not null)
        {
            return FindDatabase(database);
        }

        try
        {
            var found = RecorderLocation.Find(target: null, RecorderLocation.OfEnvironment);
            return found.Database is { } named ? Of(named) : new RecordingLocation { Server = found.Server };
        }
        catch (ArgumentException exception)
        {
            throw new RefusedException(exception.Message);
        }
    }

    /// <summary>Finds a database: that of the option, else of the environment's connection string, else the user's default.</summary>
    /// <exception cref="RefusedException">The option cannot be used.</exception>
    /// <exception cref="DatabaseRefusedException">A connection string cannot be read or names no database.</exception>
    public static RecordingLocation FindDatabase(string? database)
    {
        if (database is not null && string.IsNullOrWhiteSpace(database))
        {
            throw new RefusedException("--database is empty; name a file.");
        }

        return Of(database is not null ? DatabaseChoice.Named(database, "--database") : DatabaseChoice.Resolve(OfEnvironment));
    }

    private static string? OfEnvironment => Environment.GetEnvironmentVariable($"ConnectionStrings__{DatabaseLocation.ConnectionName}");

    private static RecordingLocation Of(DatabaseLocation named) => new() { ConnectionString = named.ConnectionStringWithoutSecrets, Named = named };

    /// <summary>The environment may say the password, if it names the same database.</summary>
    private static DatabaseLocation WithSecretsOfTheEnvironment(DatabaseLocation kept) =>
        OfEnvironment is { Length: > 0 } connectionString ? kept.WithSecretsOf(DatabaseChoice.Resolve(connectionString)) : kept;

    private static RecordingLocation FindServer(string server, string? database)
    {
        if (database is not null)
        {
            throw new RefusedException("--server and --database exclude each other; name one.");
        }

        return RecorderLocation.ParseServer(server) is { } uri
            ? new RecordingLocation { Server = uri }
            : throw new RefusedException($"--server: '{server}' is no address; accepted: http or https, such as http://localhost:5080.");
    }
}
