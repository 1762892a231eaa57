namespace RunMetrics.Api;

/// <summary>Where the API listens when nothing says otherwise.</summary>
internal static class DefaultAddress
{
    private const string Address = "http://localhost:5080";

    private static readonly string[] OtherSettings = ["urls", "http_ports", "https_ports"];

    /// <summary>Leaves every way that ASP.NET Core has of naming addresses in force, and falls back to <c>http://localhost:5080</c>.</summary>
    public static void UseDefaultAddress(this WebApplicationBuilder builder)
    {
        var configured = OtherSettings.Any(setting => !string.IsNullOrEmpty(builder.Configuration[setting]))
            || builder.Configuration.GetSection("Kestrel:Endpoints").GetChildren().Any();
        if (!configured)
        {
            builder.WebHost.UseUrls(Address);
        }
    }
}
