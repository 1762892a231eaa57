using Npgsql;

namespace RunMetrics.Data.PostgreSql;

/// <summary>
/// Addresses as libpq has them, which Npgsql does not read: <c>postgresql://USER:PASSWORD@HOST:PORT,HOST:PORT/NAME?PARAMETER=VALUE</c>, see "Connection
/// URIs" in PostgreSQL's manual. Several hosts are none for <see cref="Uri"/>.
/// </summary>
internal static class PostgreSqlUrl
{
    private static readonly string[] Schemes = ["postgresql://", "postgres://"];

    /// <summary>The parameters of libpq by the keyword that Npgsql has for each.</summary>
    private static readonly Dictionary<string, string> Keywords = new(StringComparer.Ordinal)
    {
        ["application_name"] = "Application Name",
        ["channel_binding"] = "Channel Binding",
        ["client_encoding"] = "Client Encoding",
        ["connect_timeout"] = "Timeout",
        ["dbname"] = "Database",
        ["host"] = "Host",
        ["options"] = "Options",
        ["passfile"] = "Passfile",
        ["password"] = "Password",
        ["port"] = "Port",
        ["sslcert"] = "SSL Certificate",
        ["sslkey"] = "SSL Key",
        ["sslmode"] = "SSL Mode",
        ["sslnegotiation"] = "SSL Negotiation",
        ["sslpassword"] = "SSL Password",
        ["sslrootcert"] = "Root Certificate",
        ["target_session_attrs"] = "Target Session Attributes",
        ["user"] = "Username",
    };

    /// <summary>True for an address of PostgreSQL.</summary>
    public static bool IsMeant(string text) => Schemes.Any(scheme => text.StartsWith(scheme, StringComparison.OrdinalIgnoreCase));

    /// <summary>Reads an address.</summary>
    /// <exception cref="FormatException">A parameter is not known.</exception>
    /// <exception cref="ArgumentException">A value cannot be used.</exception>
    public static NpgsqlConnectionStringBuilder Parse(string address)
    {
        var options = new NpgsqlConnectionStringBuilder();
        var (beforeQuery, query) = Cut(address[(address.IndexOf("://", StringComparison.Ordinal) + "://".Length)..], '?');
        var (authority, database) = Cut(beforeQuery, '/');
        if (database.Contains('@', StringComparison.Ordinal) || query.Contains('@', StringComparison.Ordinal))
        {
            // A password was cut into pieces, which shall not be shown as names.
            throw new FormatException("in a user, a password, a name or a value / is to be written as %2F, ? as %3F and @ as %40");
        }

        var userEnd = authority.LastIndexOf('@');
        if (userEnd >= 0)
        {
            var (user, password) = Cut(authority[..userEnd], ':');
            Set(options, "user", user);
            Set(options, "password", password);
        }

        // Npgsql takes several hosts with their ports in the same notation.
        Set(options, "host", authority[(userEnd + 1)..]);
        Set(options, "dbname", database);
        foreach (var (name, value) in query.Split('&', StringSplitOptions.RemoveEmptyEntries).Select(parameter => Cut(parameter, '=')))
        {
            Set(options, name, value);
        }

        return options;
    }

    private static void Set(NpgsqlConnectionStringBuilder options, string name, string value)
    {
        if (!Keywords.TryGetValue(name, out var keyword))
        {
            throw new FormatException($"the parameter {name} is not known; accepted: {string.Join(", ", Keywords.Keys.Order(StringComparer.Ordinal))}");
        }

        if (value.Length > 0)
        {
            // libpq writes verify-full, Npgsql VerifyFull.
            var text = Uri.UnescapeDataString(value);
            options[keyword] = name is "sslmode" or "sslnegotiation" ? text.Replace("-", "", StringComparison.Ordinal) : text;
        }
    }

    private static (string Before, string After) Cut(string text, char separator) =>
        text.IndexOf(separator, StringComparison.Ordinal) is var position and >= 0 ? (text[..position], text[(position + 1)..]) : (text, "");
}
