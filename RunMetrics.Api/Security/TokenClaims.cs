using System.Security.Claims;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;
using RunMetrics.Domain.Storage;

namespace RunMetrics.Api.Security;

/// <summary>What the claims of a token say of its bearer's rights.</summary>
internal static class TokenClaims
{
    private const string ProjectsClaim = "projects";

    // Providers name the claim one way or the other; its value is a list with spaces, or the claim repeats.
    private static readonly string[] ScopeClaims = ["scope", "scp"];
    private static readonly char[] Separators = [' ', ','];

    /// <summary>True when the token carries the scope.</summary>
    public static bool HasScope(this ClaimsPrincipal user, string scope) =>
        ScopeClaims.Any(claim => user.Values(claim).Contains(scope, StringComparer.Ordinal));

    /// <summary>Keeps a limit to no project at all: an empty list leaves no claim behind, and would read as no limit.</summary>
    public static void KeepEmptyLimit(this ClaimsPrincipal user, SecurityToken token)
    {
        if (token is JsonWebToken jwt && jwt.TryGetPayloadValue<object>(ProjectsClaim, out _) && !user.HasClaim(claim => claim.Type == ProjectsClaim))
        {
            user.AddIdentity(new ClaimsIdentity([new Claim(ProjectsClaim, string.Empty)]));
        }
    }

    /// <summary>The projects that a <c>projects</c> claim limits the token to; all when there is none.</summary>
    public static ProjectAccess ProjectAccess(this ClaimsPrincipal user) =>
        user.HasClaim(claim => claim.Type == ProjectsClaim)
            ? Domain.Storage.ProjectAccess.Only(user.Values(ProjectsClaim))
            : Domain.Storage.ProjectAccess.All;

    private static IEnumerable<string> Values(this ClaimsPrincipal user, string type) => user.FindAll(type)
        .SelectMany(claim => claim.Value.Split(Separators, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries));
}
