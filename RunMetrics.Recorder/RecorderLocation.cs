using System.Text.RegularExpressions;
using RunMetrics.Data.Databases;
using RunMetrics.Data.PostgreSql;
using RunMetrics.Data.Sqlite;

namespace RunMetrics;

/// <summary>Where runs are recorded: a database, or the API of a server. Exactly one is given.</summary>
/// <param name="Database">The database.</param>
/// <param name="Server">The address of the API.</param>
internal sealed partial record RecorderLocation(DatabaseLocation? Database, Uri? Server)
{
    /// <summary>The setting that names a server, and the environment variable of the same meaning.</summary>
    public const string ServerSetting = "RunMetrics:Server";

    /// <inheritdoc cref="ServerSetting"/>
    public const string ServerVariable = "RUNMETRICS_SERVER";

    /// <summary>The environment variable with the token for a server that wants one; it never stands in an address.</summary>
    public const string TokenVariable = "RUNMETRICS_TOKEN";

    private const string TokenSetting = "RunMetrics:Token";
    private const string ConnectionSetting = $"ConnectionStrings:{DatabaseLocation.ConnectionName}";
    private const string AcceptedServer = "an http or https address, such as http://localhost:5080";
    private const string AcceptedTarget = $"a file, a connection string such as 'Data Source=runs.db' or 'Host=db;Database=runs', postgresql://USER@HOST/NAME, or {AcceptedServer}";

    /// <summary>Finds it: what the caller names, else a server of the settings, else their connection string, else the user's default database.</summary>
    /// <param name="target">A file, a connection string or an address; null for what the settings say.</param>
    /// <param name="settings">The value of a setting by its name, levels separated by a colon.</param>
    /// <exception cref="ArgumentException"><paramref name="target"/> or the server of the settings cannot be read.</exception>
    /// <exception cref="DatabaseRefusedException">A connection string cannot be read or names no database.</exception>
    public static RecorderLocation Find(string? target, Func<string, string?> settings)
    {
        if (target is not null)
        {
            return Read(target);
        }

        foreach (var name in (string[])[ServerSetting, ServerVariable])
        {
            if (settings(name) is { Length: > 0 } server)
            {
                return ReadServer(server, name, AcceptedServer);
            }
        }

        return new RecorderLocation(DatabaseChoice.Resolve(settings(ConnectionSetting)), Server: null);
    }

    /// <summary>The token for the server; null for none.</summary>
    /// <param name="settings">The value of a setting by its name.</param>
    public static string? FindToken(Func<string, string?> settings) => settings(TokenSetting) ?? settings(TokenVariable);

    /// <summary>The value of a setting in the environment, where levels are separated by two underscores.</summary>
    public static string? OfEnvironment(string setting) => Environment.GetEnvironmentVariable(setting.Replace(":", "__", StringComparison.Ordinal));

    /// <summary>The address of a server; null for a text that is none.</summary>
    public static Uri? ParseServer(string address) =>
        Uri.TryCreate(address, UriKind.Absolute, out var server) && (server.Scheme == Uri.UriSchemeHttp || server.Scheme == Uri.UriSchemeHttps)
            ? server
            : null;

    private static RecorderLocation Read(string target)
    {
        // A file whose name has = in it, or looks like an address, goes into a connection string.
        if (target.Contains('=', StringComparison.Ordinal) || PostgreSqlLocation.IsMeant(target))
        {
            return new RecorderLocation(DatabaseChoice.Resolve(target, nameof(target)), Server: null);
        }

        return string.IsNullOrWhiteSpace(target) || target.Contains("://", StringComparison.Ordinal) || AddressWithoutScheme().IsMatch(target)
            ? ReadServer(target, nameof(target), AcceptedTarget)
            : new RecorderLocation(SqliteLocation.ForFile(target), Server: null);
    }

    [GeneratedRegex(@"^[\w.-]+:\d+(/|$)", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex AddressWithoutScheme();

    private static RecorderLocation ReadServer(string address, string name, string accepted) =>
        ParseServer(address) is { } server
            ? new RecorderLocation(Database: null, server)
            : throw new ArgumentException($"{name} is '{address}'; accepted: {accepted}.", name);
}
