using System.Security.Claims;
using Microsoft.AspNetCore.Authentication.JwtBearer;
using Microsoft.AspNetCore.HostFiltering;

namespace RunMetrics.Api.Security;

/// <summary>
/// Who may call. With <c>Authentication:Schemes:Bearer</c> configured, every call needs a token with the scope of its policy, and what has no policy
/// is denied. Without it nobody is asked, and the service stays on loopback.
/// </summary>
internal static class ApiSecurity
{
    public const string BearerSection = "Authentication:Schemes:Bearer";
    public const string AllowedHostsKey = "AllowedHosts";

    public static readonly IReadOnlyList<string> LoopbackHosts = ["localhost", "127.0.0.1", "[::1]"];

    /// <summary>True when tokens are demanded.</summary>
    public static bool IsAuthenticationConfigured(this IConfiguration configuration) =>
        configuration.GetSection(BearerSection).GetChildren().Any();

    public static void AddApiSecurity(this WebApplicationBuilder builder)
    {
        // Addresses are looked at once, at start: settings that change later must not open another.
        builder.WebHost.ConfigureKestrel((context, kestrel) => kestrel.Configure(context.Configuration.GetSection("Kestrel"), reloadOnChange: false));

        var isConfigured = builder.Configuration.IsAuthenticationConfigured();
        if (isConfigured)
        {
            builder.Services.AddSingleton<RefusedTokenLog>();

            // The framework's own handler reads its section; claims keep the names that the token gives them.
            builder.Services.AddAuthentication().AddJwtBearer(bearer =>
            {
                bearer.MapInboundClaims = false;
                bearer.Events = new JwtBearerEvents
                {
                    OnTokenValidated = validated =>
                    {
                        validated.Principal!.KeepEmptyLimit(validated.SecurityToken);
                        return Task.CompletedTask;
                    },
                    OnAuthenticationFailed = failed =>
                    {
                        failed.HttpContext.RequestServices.GetRequiredService<RefusedTokenLog>().Write(failed.Exception);
                        return Task.CompletedTask;
                    },
                };
            });
        }
        else if (string.IsNullOrEmpty(builder.Configuration[AllowedHostsKey]))
        {
            // A page in a browser on this machine must not reach the service under a name of its own that resolves to loopback.
            builder.Services.PostConfigure<HostFilteringOptions>(hosts => hosts.AllowedHosts = [.. LoopbackHosts]);
        }

        builder.Services.AddAuthorizationBuilder()
            .AddPolicy(Scopes.Read, policy => policy.RequireAssertion(context => !isConfigured || MayDo(context.User, Scopes.Read)))
            .AddPolicy(Scopes.Write, policy => policy.RequireAssertion(context => !isConfigured || MayDo(context.User, Scopes.Write)))
            .SetFallbackPolicy(new Microsoft.AspNetCore.Authorization.AuthorizationPolicyBuilder()
                .RequireAssertion(_ => !isConfigured)
                .Build());
    }

    private static bool MayDo(ClaimsPrincipal user, string scope) => user.Identity is { IsAuthenticated: true } && user.HasScope(scope);
}

/// <summary>What a token may do; the names of the scopes are also those of the policies that demand them.</summary>
internal static class Scopes
{
    /// <summary>Every GET but that of <c>/health/live</c>.</summary>
    public const string Read = "metrics:read";

    /// <summary>Every PUT, POST and DELETE.</summary>
    public const string Write = "metrics:write";
}
