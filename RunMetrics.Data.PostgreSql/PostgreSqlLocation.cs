using System.Globalization;
using Npgsql;
using RunMetrics.Data.Databases;

namespace RunMetrics.Data.PostgreSql;

/// <summary>A database on a PostgreSQL server, or on several that follow each other.</summary>
public sealed class PostgreSqlLocation : DatabaseLocation
{
    private const string Accepted = "accepted: 'Host=HOST;Database=NAME;Username=USER' or 'postgresql://USER@HOST/NAME'";

    /// <summary>What is kept in no file.</summary>
    private static readonly string[] Secrets = ["Password", "SSL Password"];

    /// <summary>All that Npgsql takes for the keyword of a password.</summary>
    private static readonly string[] PasswordKeywords = ["Password", "PSW", "PWD"];

    private PostgreSqlLocation(string name, NpgsqlConnectionStringBuilder options)
        : base(name, options.ConnectionString)
    {
    }

    /// <inheritdoc />
    internal override string ConnectionStringWithoutSecrets
    {
        get
        {
            var options = new NpgsqlConnectionStringBuilder(ConnectionString);
            Array.ForEach(Secrets, secret => options.Remove(secret));
            return options.ConnectionString;
        }
    }

    /// <inheritdoc />
    internal override DatabaseLocation WithSecretsOf(DatabaseLocation other)
    {
        if (other is not PostgreSqlLocation || other.Name != Name)
        {
            return this;
        }

        var options = new NpgsqlConnectionStringBuilder(ConnectionString);
        var others = new NpgsqlConnectionStringBuilder(other.ConnectionString);
        Array.ForEach(Secrets, secret => options[secret] = others[secret]);
        return new PostgreSqlLocation(Name, options);
    }

    /// <summary>True for what reads like a connection string or an address of PostgreSQL, whether or not it is whole.</summary>
    public static bool IsMeant(string connectionString) => PostgreSqlUrl.IsMeant(connectionString) || KeywordsOf(connectionString).Any(IsHost);

    /// <summary>Reads a connection string of Npgsql, <c>Host=…</c>, or an address as libpq has it, <c>postgresql://…</c>.</summary>
    /// <param name="connectionString">The connection string or the address, in either of which several hosts may stand.</param>
    /// <param name="setting">What it was given as.</param>
    /// <exception cref="DatabaseRefusedException">It cannot be read, or names no host or no database. What it says is not repeated: it may hold a password.</exception>
    public static PostgreSqlLocation Parse(string connectionString, string setting)
    {
        NpgsqlConnectionStringBuilder options;
        try
        {
            options = PostgreSqlUrl.IsMeant(connectionString) ? PostgreSqlUrl.Parse(connectionString) : new NpgsqlConnectionStringBuilder(connectionString);
        }
        catch (Exception exception) when (exception is ArgumentException or FormatException or KeyNotFoundException)
        {
            throw new DatabaseRefusedException(
                $"{setting} cannot be read as a connection string of PostgreSQL ({Reason(exception, connectionString)}); {Accepted}.", exception);
        }

        if (string.IsNullOrWhiteSpace(options.Host) || string.IsNullOrWhiteSpace(options.Database))
        {
            var missing = string.IsNullOrWhiteSpace(options.Host) ? "host" : "database";
            throw new DatabaseRefusedException($"{setting} names no {missing}; {Accepted}.");
        }

        SetDefaults(options);
        return new PostgreSqlLocation(MakeName(options), options);
    }

    /// <inheritdoc />
    internal override DatabaseProvider CreateProvider()
    {
        try
        {
            return new PostgreSqlProvider(this);
        }
        catch (Exception exception) when (exception is ArgumentException or FormatException or OverflowException or NotSupportedException)
        {
            throw DatabaseRefusedException.For(this, $"its options cannot be used ({exception.Message})", exception);
        }
    }

    private static void SetDefaults(NpgsqlConnectionStringBuilder options)
    {
        // The statements are some hundred; who stands behind a pool that cannot keep them says 0.
        SetDefault("Max Auto Prepare", "100");
        SetDefault("Application Name", "RunMetrics");

        // Nobody here changes a session, and putting one back takes seven statements a transaction.
        SetDefault("No Reset On Close", "true");
        if (options.Host!.Contains(',', StringComparison.Ordinal))
        {
            // Follow the primary, and soon: a host that was down or a standby may be it a moment later.
            SetDefault("Target Session Attributes", "primary");
            SetDefault("Host Recheck Seconds", "1");
            SetDefault("Timeout", "5");
        }

        void SetDefault(string keyword, string value)
        {
            if (!options.ShouldSerialize(keyword))
            {
                options[keyword] = value;
            }
        }
    }

    /// <remarks>What follows a semicolon in a password that is not quoted is taken for a keyword, and named.</remarks>
    private static string Reason(Exception exception, string connectionString) =>
        exception is KeyNotFoundException or ArgumentException { InnerException: null or KeyNotFoundException } && !PostgreSqlUrl.IsMeant(connectionString)
            && PasswordKeywords.Any(keyword => connectionString.Contains(keyword, StringComparison.OrdinalIgnoreCase))
            ? "a keyword is not known, or a value with a semicolon or a quote is not in quotes"
            : exception.Message;

    private static string MakeName(NpgsqlConnectionStringBuilder options)
    {
        var hosts = options.Host!.Split(',').Select(host => WithPort(host.Trim(), options.Port));
        return $"postgresql://{(options.Username is { Length: > 0 } user ? $"{user}@" : "")}{string.Join(',', hosts)}/{options.Database}";
    }

    private static string WithPort(string host, int port)
    {
        var name = host.Count(character => character == ':') > 1 && !host.StartsWith('[') ? $"[{host}]" : host;
        var hasPort = name.LastIndexOf(':') > name.LastIndexOf(']');
        return hasPort || port == NpgsqlConnection.DefaultPort || host.StartsWith('/') ? name : string.Create(CultureInfo.InvariantCulture, $"{name}:{port}");
    }

    private static IEnumerable<string> KeywordsOf(string connectionString) =>
        connectionString.Split(';').Select(part => part.Split('=')).Where(part => part.Length > 1).Select(part => part[0].Trim());

    private static bool IsHost(string keyword) =>
        keyword.Equals("Host", StringComparison.OrdinalIgnoreCase) || keyword.Equals("Server", StringComparison.OrdinalIgnoreCase);
}
