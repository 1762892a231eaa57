using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Reflection;
using RunMetrics.Api.Limits;
using RunMetrics.Api.Security;
using RunMetrics.Api.Telemetry;

namespace RunMetrics.Api.CommandLine;

/// <summary>What <c>--help</c> prints: the settings with their defaults, and where more is written.</summary>
internal static class HelpText
{
    private const string Bearer = ApiSecurity.BearerSection;

    public static string Create() =>
        $"""
        Records how long the phases of runs of coding agents take, and answers over HTTP.

        Usage: RunMetrics.Api [--NAME VALUE | --NAME=VALUE]...

        Addresses
          --urls URL;URL
              Where to listen; only on loopback unless there is authentication [default: {ListenAddresses.Default}]
          --http_ports PORT;PORT, --https_ports PORT;PORT
              The same by ports of all interfaces
          --Kestrel:Endpoints:NAME:Url URL
              The same one by one, with a section for each endpoint, as ASP.NET Core has it
          --{ApiSecurity.AllowedHostsKey} HOST;HOST
              The host names that are answered [default: {string.Join(';', ApiSecurity.LoopbackHosts)}; with authentication all]

        Database
          --{CommandLineArguments.DatabaseSetting} FILE|postgresql://USER@HOST/NAME
              The SQLite file, made when missing [default: runmetrics.db in the user's local application data folder], or a PostgreSQL database
          --{CommandLineArguments.ConnectionStringSetting} TEXT
              The same as a connection string, such as 'Data Source=FILE' or 'Host=HOST;Database=NAME' (better in the environment, with a password)

        Limits
        {string.Join('\n', typeof(ApiLimits).GetProperties().Select(Describe))}

        Authentication [default: none, and nobody is asked for a token]
          --{Bearer}:Authority URL
              The provider, whose discovery document names keys and issuer
          --{Bearer}:ValidAudiences:0 NAME
              The audience that a token must be meant for
          --{Bearer}:ValidIssuer NAME
          --{Bearer}:SigningKeys:0:Issuer NAME
          --{Bearer}:SigningKeys:0:Value BASE64
              In place of a provider: the issuer and its key (better in the environment than on a command line that others can read)

        Other
          --environment NAME
              Which appsettings.NAME.json counts too [default: Production]
          --Logging:LogLevel:Default LEVEL, --Logging:Console:FormatterName simple|json
              What is logged to the console, and how [default: Information, simple]
          {CommandLineArguments.HelpOption}
              Print this and end
          {CommandLineArguments.VersionOption}
              Print the version and end

        Each setting may stand in appsettings.json beside the program instead, or be an environment variable with two underscores in place of
        each colon, such as {ApiLimits.Section}__{nameof(ApiLimits.MaxBodyBytes)}=4096 (ASPNETCORE_URLS for --urls). The command line counts before both.
        With {TelemetryExport.EndpointSetting} set, traces, metrics and logs go to that address, as docs/telemetry.md has it.
        Exit codes: 0 ended as asked, 1 refused to start, 2 bad usage.

        The calls are in docs/http-api.md, tokens and limits in docs/security.md, operation as a service in docs/operations.md;
        a running service gives its contract at /openapi/v1.json.
        """;

    private static string Describe(PropertyInfo limit)
    {
        var range = limit.GetCustomAttribute<RangeAttribute>()!;
        return $"""
              --{ApiLimits.Section}:{limit.Name} N
                  {limit.GetCustomAttribute<DescriptionAttribute>()!.Description} [{range.Minimum} to {range.Maximum}; default: {limit.GetValue(new ApiLimits())}]
            """;
    }
}
