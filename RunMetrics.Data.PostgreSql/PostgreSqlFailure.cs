using System.Net.Sockets;
using System.Security.Authentication;
using Npgsql;

namespace RunMetrics.Data.PostgreSql;

/// <summary>What the failures of Npgsql and the error codes of PostgreSQL mean to the person who runs the program.</summary>
internal static class PostgreSqlFailure
{
    /// <summary>The first two characters of the codes that speak of the server and not of a statement.</summary>
    private static readonly string[] ClassesOfTheServer = ["08", "28", "3D", "53", "55", "57", "58", "F0", "XX"];

    /// <summary>Why the database can be neither read nor written now, or null when the exception is about something else.</summary>
    public static string? FindUnavailability(Exception exception) => Find(exception) is { } failure && IsOfTheServer(failure)
        ? $"The database cannot be used now: {Explain(failure)}."
        : null;

    /// <summary>
    /// True for a transaction that another one spoilt, and for a connection that was lost while it was used. Not for a server that cannot be reached:
    /// asking it at once once more would only double the wait.
    /// </summary>
    public static bool IsTransient(Exception exception) => Find(exception) switch
    {
        PostgresException failure => failure.SqlState is PostgresErrorCodes.SerializationFailure or PostgresErrorCodes.DeadlockDetected
            or PostgresErrorCodes.AdminShutdown or PostgresErrorCodes.CrashShutdown,
        ConcurrentInsertException => true,
        { InnerException: IOException } => true,
        _ => false,
    };

    /// <summary>What the failure means, as the rest of a sentence about the database.</summary>
    public static string Explain(NpgsqlException failure) => failure switch
    {
        PostgresException { SqlState: PostgresErrorCodes.InvalidCatalogName } refusal => $"{refusal.MessageText}; create it on the server",
        PostgresException { SqlState: PostgresErrorCodes.InvalidPassword or PostgresErrorCodes.InvalidAuthorizationSpecification } refusal =>
            $"the server lets nobody in like this ({refusal.MessageText})",
        PostgresException { SqlState: PostgresErrorCodes.InsufficientPrivilege } refusal => $"the user lacks a right ({refusal.MessageText})",
        PostgresException { SqlState: PostgresErrorCodes.ReadOnlySqlTransaction } => "the server takes no writes: it is a standby or read-only",
        PostgresException { SqlState: PostgresErrorCodes.TooManyConnections } => "the server has no connection left",
        PostgresException { SqlState: PostgresErrorCodes.DiskFull } => "the disk of the server is full",
        PostgresException other => $"{other.MessageText} ({other.SqlState})",
        ConcurrentInsertException => failure.Message,
        { InnerException: TimeoutException } => "the server did not answer in time",
        { InnerException: SocketException or AggregateException } => $"the server cannot be reached ({Reason(failure)})",
        { InnerException: AuthenticationException or ArgumentException } => $"no safe connection to the server comes about ({Reason(failure)})",
        { InnerException: IOException } => "the connection to the server was lost",
        _ => failure.Message,
    };

    /// <summary>The failure that an exception is about, which others may wrap; null when it is about something else.</summary>
    public static NpgsqlException? Find(Exception exception)
    {
        if (exception is OperationCanceledException)
        {
            // It is about its caller, whatever the server said when it was told.
            return null;
        }

        for (var cause = exception; cause is not null; cause = cause.InnerException)
        {
            if (cause is NpgsqlException failure)
            {
                return failure;
            }
        }

        return null;
    }

    private static bool IsOfTheServer(NpgsqlException failure) => failure is not PostgresException refusal
        || ClassesOfTheServer.Contains(refusal.SqlState[..2], StringComparer.Ordinal)
        || refusal.SqlState is PostgresErrorCodes.ReadOnlySqlTransaction or PostgresErrorCodes.InsufficientPrivilege
            or PostgresErrorCodes.SerializationFailure or PostgresErrorCodes.DeadlockDetected;

    private static string Reason(NpgsqlException failure) =>
        failure.InnerException is AggregateException { InnerExceptions: [var first, ..] } ? first.Message : $"{failure.Message}: {failure.InnerException!.Message}";
}

/// <summary>Another writer stored a row of the same key since it was looked up: the transaction is to be begun anew.</summary>
internal sealed class ConcurrentInsertException() : NpgsqlException("others keep storing the same facts at the same moment");
