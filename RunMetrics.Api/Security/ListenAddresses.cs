using System.Net;
using System.Net.Sockets;

namespace RunMetrics.Api.Security;

/// <summary>Where the service listens. One that asks nobody for a token does not listen to other machines.</summary>
internal static class ListenAddresses
{
    public const string Default = "http://localhost:5080";

    private const string Remedy =
        $"listen on loopback ({Default}), or configure Authentication:Schemes:Bearer as docs/security.md shows";

    private static readonly string[] PortSettings = ["http_ports", "https_ports"];

    /// <summary>Leaves every way that ASP.NET Core has of naming addresses in force, and falls back to <c>http://localhost:5080</c>.</summary>
    public static void UseDefaultAddress(this WebApplicationBuilder builder)
    {
        var isConfigured = PortSettings.Append("urls").Any(setting => !string.IsNullOrEmpty(builder.Configuration[setting]))
            || builder.Configuration.GetSection("Kestrel:Endpoints").GetChildren().Any();
        if (!isConfigured)
        {
            builder.WebHost.UseUrls(Default);
        }
    }

    /// <summary>Looks at every address that the settings name, before any of them is bound.</summary>
    /// <exception cref="StartRefusedException">An address is not loopback and no authentication is configured.</exception>
    public static void RefuseOpenAddresses(this WebApplication app)
    {
        if (app.Configuration.IsAuthenticationConfigured())
        {
            return;
        }

        foreach (var (setting, address) in FindAddresses(app))
        {
            if (!IsLoopback(address))
            {
                throw new StartRefusedException($"{setting} is '{address}', which other machines can reach, and there is no authentication: {Remedy}.");
            }
        }
    }

    /// <summary>Starts to listen.</summary>
    /// <exception cref="StartRefusedException">An address cannot be had, such as one that another program listens on.</exception>
    public static async Task ListenAsync(this WebApplication app)
    {
        try
        {
            await app.StartAsync();
        }
        catch (Exception exception) when (exception is IOException or SocketException)
        {
            throw new StartRefusedException(exception.Message);
        }
    }

    private static IEnumerable<(string Setting, string Address)> FindAddresses(WebApplication app)
    {
        var endpoints = app.Configuration.GetSection("Kestrel:Endpoints").GetChildren()
            .Select(endpoint => ($"{endpoint.Path}:Url", endpoint["Url"] ?? string.Empty))
            .ToList();
        if (endpoints.Count > 0 && !PrefersHostingUrls(app))
        {
            return endpoints;
        }

        var urls = app.Configuration["urls"];
        return endpoints.Concat(string.IsNullOrEmpty(urls)
            ? PortSettings
                .Where(setting => !string.IsNullOrEmpty(app.Configuration[setting]))
                .Select(setting => (setting, app.Configuration[setting]!))
            : urls.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Select(url => ("urls", url)));
    }

    /// <summary>Endpoints go before URLs and ports, unless this setting says otherwise.</summary>
    private static bool PrefersHostingUrls(WebApplication app) =>
        app.Configuration[WebHostDefaults.PreferHostingUrlsKey] is { } value && !string.Equals(value, "false", StringComparison.OrdinalIgnoreCase);

    /// <summary>A port alone means every interface, and so does a host name that the server does not know.</summary>
    private static bool IsLoopback(string address)
    {
        if (!address.Contains("://", StringComparison.Ordinal))
        {
            return false;
        }

        try
        {
            var binding = BindingAddress.Parse(address);
            return binding.IsUnixPipe
                || binding.IsNamedPipe
                || string.Equals(binding.Host, "localhost", StringComparison.OrdinalIgnoreCase)
                || (IPAddress.TryParse(binding.Host.Trim('[', ']'), out var ip) && IPAddress.IsLoopback(ip));
        }
        catch (FormatException)
        {
            // The server says what is wrong with it.
            return true;
        }
    }
}

/// <summary>The service cannot start with these settings. The message is one line for the person who starts it.</summary>
internal sealed class StartRefusedException(string message) : Exception(message);
