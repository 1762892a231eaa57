using Microsoft.IdentityModel.Tokens;

namespace RunMetrics.Api.Security;

/// <summary>
/// Tells the log why tokens were refused, in words of its own: what stands in such a token is whatever a stranger wrote there. Of each reason a few
/// lines are written in a period and the rest is counted, so that a flood neither fills the log nor hides what else is refused meanwhile.
/// </summary>
internal sealed class RefusedTokenLog(ILogger<RefusedTokenLog> logger, TimeProvider time) : IDisposable
{
    /// <summary>How many refusals for one reason are written one by one in a period.</summary>
    public const int LinesOfAReason = 10;

    /// <summary>From the first refusal until the count of those left out is written.</summary>
    public static readonly TimeSpan Period = TimeSpan.FromMinutes(1);

    private readonly Lock _lock = new();
    private readonly Dictionary<string, int> _countsByReason = new(StringComparer.Ordinal);
    private ITimer? _period;

    public void Write(Exception exception)
    {
        var reason = ReasonOf(exception);
        lock (_lock)
        {
            _period ??= time.CreateTimer(_ => EndPeriod(), state: null, Period, Timeout.InfiniteTimeSpan);
            var count = _countsByReason.GetValueOrDefault(reason) + 1;
            _countsByReason[reason] = count;
            if (count > LinesOfAReason)
            {
                return;
            }
        }

        logger.LogWarning("A token was refused: {Reason}", reason);
    }

    public void Dispose() => EndPeriod();

    private void EndPeriod()
    {
        KeyValuePair<string, int>[] counts;
        lock (_lock)
        {
            counts = [.. _countsByReason];
            _countsByReason.Clear();
            _period?.Dispose();
            _period = null;
        }

        foreach (var (reason, count) in counts.Where(reason => reason.Value > LinesOfAReason))
        {
            logger.LogWarning("{Count} more refused within a minute: {Reason}", count - LinesOfAReason, reason);
        }
    }

    private static string ReasonOf(Exception exception) => exception switch
    {
        SecurityTokenExpiredException => "it has expired",
        SecurityTokenNotYetValidException => "it is not valid yet",
        SecurityTokenNoExpirationException => "it does not say when it expires",
        SecurityTokenInvalidLifetimeException => "its lifetime ends before it begins",
        SecurityTokenInvalidAudienceException => $"its audience is none of {ApiSecurity.BearerSection}:ValidAudiences",
        SecurityTokenInvalidIssuerException => $"its issuer is neither the one of the provider nor {ApiSecurity.BearerSection}:ValidIssuer",
        SecurityTokenInvalidSignatureException or SecurityTokenInvalidSigningKeyException => "its signature is missing or by none of the known keys",
        SecurityTokenInvalidAlgorithmException => "its algorithm is not accepted",
        SecurityTokenInvalidTypeException => "its type is not accepted",
        SecurityTokenMalformedException or ArgumentException => "it is malformed",
        AggregateException { InnerException: { } inner } => ReasonOf(inner),
        _ => $"it could not be checked ({exception.GetType().Name})",
    };
}
