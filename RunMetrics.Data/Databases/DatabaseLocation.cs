namespace RunMetrics.Data.Databases;

/// <summary>Which database is used: a file, or one on a server.</summary>
public abstract class DatabaseLocation
{
    /// <summary>The name of the connection string in the configuration.</summary>
    public const string ConnectionName = "RunMetrics";

    private protected DatabaseLocation(string name, string connectionString)
    {
        Name = name;
        ConnectionString = connectionString;
    }

    /// <summary>What to call it to a person: the full path of a file, or an address without a password.</summary>
    public string Name { get; }

    /// <summary>The connection string, with all options that were given; it may hold a password.</summary>
    public string ConnectionString { get; }

    /// <summary>The connection string as it may be kept in a file: without a password.</summary>
    internal virtual string ConnectionStringWithoutSecrets => ConnectionString;

    /// <summary>This database, with the secrets that another wording of it has and all else as it is here; itself when the other is another database.</summary>
    internal virtual DatabaseLocation WithSecretsOf(DatabaseLocation other) => this;

    /// <summary>Makes what works on it. Nothing is opened yet.</summary>
    internal abstract DatabaseProvider CreateProvider();

    /// <inheritdoc />
    public override string ToString() => Name;
}

/// <summary>The database cannot be used as it is. The message is one line for the person who starts the program; the database was not changed.</summary>
public sealed class DatabaseRefusedException : Exception
{
    internal DatabaseRefusedException(string message, Exception? inner = null)
        : base(message.ReplaceLineEndings(" "), inner)
    {
    }

    internal static DatabaseRefusedException For(DatabaseLocation location, string reason, Exception? inner = null) =>
        new($"The database {location.Name} is refused: {reason}.", inner);
}
