using System.Reflection;
using RunMetrics.Api.Limits;
using RunMetrics.Api.Security;
using RunMetrics.Data.Databases;
using RunMetrics.Data.PostgreSql;

namespace RunMetrics.Api.CommandLine;

/// <summary>
/// What the command line says: settings in each way that ASP.NET Core takes them, and <c>--database</c> as the runner has it. The framework
/// ignores what it does not know; here it is refused, since a service that overlooks an option does something else than it was told.
/// </summary>
/// <param name="Answer">What the program is to print instead of starting, when it is asked for help or its version; else null.</param>
/// <param name="Settings">The arguments for the host, each as <c>--NAME=VALUE</c>.</param>
internal sealed record CommandLineArguments(string? Answer, IReadOnlyList<string> Settings)
{
    public const string HelpOption = "--help";
    public const string VersionOption = "--version";
    public const string DatabaseSetting = "database";
    public const string ConnectionStringSetting = $"{ConnectionStringSection}:{DatabaseLocation.ConnectionName}";

    private const string ConnectionStringSection = "ConnectionStrings";

    private static readonly string[] HelpOptions = [HelpOption, "-h", "-?"];

    private static readonly string[] SettingNames =
    [
        DatabaseSetting,
        ConnectionStringSetting,
        WebHostDefaults.ServerUrlsKey,
        WebHostDefaults.HttpPortsKey,
        WebHostDefaults.HttpsPortsKey,
        ApiSecurity.AllowedHostsKey,
        WebHostDefaults.EnvironmentKey,
    ];

    private static readonly string[] Sections = [ApiLimits.Section, "Authentication", "Kestrel", "Logging"];

    private static readonly string[] HostSettings =
    [
        WebHostDefaults.ApplicationKey,
        WebHostDefaults.CaptureStartupErrorsKey,
        WebHostDefaults.ContentRootKey,
        WebHostDefaults.DetailedErrorsKey,
        WebHostDefaults.HostingStartupAssembliesKey,
        WebHostDefaults.HostingStartupExcludeAssembliesKey,
        WebHostDefaults.PreferHostingUrlsKey,
        WebHostDefaults.PreventHostingStartupKey,
        WebHostDefaults.ShutdownTimeoutKey,
        WebHostDefaults.StartupAssemblyKey,
        WebHostDefaults.StaticWebAssetsKey,
        WebHostDefaults.SuppressStatusMessagesKey,
        WebHostDefaults.WebRootKey,
        "ForwardedHeaders_Enabled",
        "hostBuilder:reloadConfigOnChange",
    ];

    private static readonly string Version =
        typeof(CommandLineArguments).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion;

    private static readonly string Accepted = string.Join(
        ", ", SettingNames.Select(name => $"--{name}").Concat(Sections.Select(section => $"--{section}:NAME")));

    /// <exception cref="CommandLineRefusedException">An option is unknown or has no value, or two name the database.</exception>
    public static CommandLineArguments Read(IEnumerable<string> arguments)
    {
        var rest = new Queue<string>(arguments);
        if (rest.Any(HelpOptions.Contains))
        {
            return new CommandLineArguments(HelpText.Create(), []);
        }

        if (rest.Contains(VersionOption))
        {
            return new CommandLineArguments(Version, []);
        }

        var settings = new List<(string Name, string Value)>();
        while (rest.TryDequeue(out var argument))
        {
            var (name, value) = Split(argument);
            settings.Add((name, value ?? TakeValue(name, rest)));
        }

        if (settings.Exists(setting => Is(setting.Name, DatabaseSetting)) && settings.Exists(setting => Is(setting.Name, ConnectionStringSetting)))
        {
            throw new CommandLineRefusedException($"--{DatabaseSetting} and --{ConnectionStringSetting} both name the database; accepted: one of them.");
        }

        return new CommandLineArguments(Answer: null, [.. settings.Select(setting => Is(setting.Name, DatabaseSetting)
            ? $"--{ConnectionStringSetting}={ToConnectionString(setting.Value)}"
            : $"--{setting.Name}={setting.Value}")]);
    }

    /// <summary>The framework takes <c>--NAME</c> and <c>/NAME</c> with the value behind it or after an equals sign, and <c>NAME=VALUE</c>.</summary>
    private static (string Name, string? Value) Split(string argument)
    {
        var parts = argument.Split('=', 2);
        var prefix = parts[0].StartsWith("--", StringComparison.Ordinal) ? 2 : parts[0].StartsWith('/') ? 1 : 0;
        var name = parts[0][prefix..];
        if ((IsKnown(name) && (prefix > 0 || parts.Length > 1)) || IsBareSection(name, parts.ElementAtOrDefault(1)))
        {
            return (name, parts.ElementAtOrDefault(1));
        }

        // What stands behind an equals sign may be a secret.
        throw new CommandLineRefusedException(
            $"{parts[0]} is no option; accepted, as --NAME VALUE or --NAME=VALUE: {Accepted}, and those of ASP.NET Core's host; {HelpOption} says more.");
    }

    private static string TakeValue(string name, Queue<string> rest) =>
        rest.TryPeek(out var next) && !next.StartsWith("--", StringComparison.Ordinal) ? rest.Dequeue() : throw WithoutValue(name);

    private static string ToConnectionString(string database) =>
        string.IsNullOrWhiteSpace(database) ? throw WithoutValue(DatabaseSetting) : DatabaseChoice.Named(database, $"--{DatabaseSetting}").ConnectionString;

    private static CommandLineRefusedException WithoutValue(string name) => new($"--{name} has no value; accepted: --{name} VALUE or --{name}=VALUE.");

    private static bool IsKnown(string name) =>
        SettingNames.Concat(HostSettings).Any(known => Is(name, known))
        || Sections.Any(section => name.StartsWith($"{section}:", StringComparison.OrdinalIgnoreCase));

    /// <summary>A <c>WebApplicationFactory</c> names the sections of its settings too, as <c>--SECTION=</c>.</summary>
    private static bool IsBareSection(string name, string? value) =>
        value is { Length: 0 } && Sections.Append(ConnectionStringSection).Any(section => Is(name, section));

    private static bool Is(string name, string known) => string.Equals(name, known, StringComparison.OrdinalIgnoreCase);
}

/// <summary>The command line cannot be followed. The message is one line for the person who wrote it.</summary>
internal sealed class CommandLineRefusedException(string message) : Exception(message);
