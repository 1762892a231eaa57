using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace RunMetrics.Tests.Api.Security;

/// <summary>Makes tokens as an identity provider would, and as an attacker might.</summary>
internal static class Tokens
{
    public const string Read = "metrics:read";
    public const string Write = "metrics:write";
    public const string Both = $"{Read} {Write}";
    public const string Issuer = "test-issuer";
    public const string Audience = "test-audience";

    private static readonly byte[] Key = [.. Enumerable.Range(1, 32).Select(i => (byte)i)];
    private static readonly byte[] OtherKey = [.. Enumerable.Range(101, 32).Select(i => (byte)i)];

    /// <summary>The variables that make the API trust these tokens.</summary>
    public static IReadOnlyDictionary<string, string?> Environment { get; } = new Dictionary<string, string?>(StringComparer.Ordinal)
    {
        ["Authentication__Schemes__Bearer__ValidIssuer"] = Issuer,
        ["Authentication__Schemes__Bearer__ValidAudiences__0"] = Audience,
        ["Authentication__Schemes__Bearer__SigningKeys__0__Issuer"] = Issuer,
        ["Authentication__Schemes__Bearer__SigningKeys__0__Value"] = Convert.ToBase64String(Key),
    };

    public static string Create(
        string? scope = Both, object? projects = null, string issuer = Issuer, string audience = Audience, bool isExpired = false, bool hasOtherKey = false)
    {
        var now = TimeProvider.System.GetUtcNow().UtcDateTime;
        var claims = new Dictionary<string, object>(StringComparer.Ordinal) { ["sub"] = "tester" };
        if (scope is not null)
        {
            claims["scope"] = scope;
        }

        if (projects is not null)
        {
            claims["projects"] = projects;
        }

        return new JsonWebTokenHandler { SetDefaultTimesOnTokenCreation = false }.CreateToken(new SecurityTokenDescriptor
        {
            Issuer = issuer,
            Audience = audience,
            NotBefore = now.AddHours(-2),
            Expires = isExpired ? now.AddHours(-1) : now.AddHours(1),
            Claims = claims,
            SigningCredentials = new SigningCredentials(
                new SymmetricSecurityKey(hasOtherKey ? OtherKey : Key), SecurityAlgorithms.HmacSha256),
        });
    }

    /// <summary>A token that says of itself that it needs no signature.</summary>
    public static string CreateUnsigned()
    {
        var payload = new Dictionary<string, object>(StringComparer.Ordinal)
        {
            ["iss"] = Issuer,
            ["aud"] = Audience,
            ["scope"] = Both,
            ["exp"] = TimeProvider.System.GetUtcNow().AddHours(1).ToUnixTimeSeconds(),
        };
        return $"{Encode("""{"alg":"none","typ":"JWT"}""")}.{Encode(JsonSerializer.Serialize(payload))}.";
    }

    /// <summary>A valid token whose payload was exchanged for a more powerful one.</summary>
    public static string CreateForged()
    {
        var weak = Create(scope: null).Split('.');
        var strong = Create().Split('.');
        return $"{strong[0]}.{strong[1]}.{weak[2]}";
    }

    private static string Encode(string json) => WebEncoders.Base64UrlEncode(Encoding.UTF8.GetBytes(json));
}
