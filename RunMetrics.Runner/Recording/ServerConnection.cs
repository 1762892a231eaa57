using RunMetrics.Client;
using RunMetrics.Runner.Exit;

namespace RunMetrics.Runner.Recording;

/// <summary>How a server is called: with the token of the environment, if there is one.</summary>
internal static class ServerConnection
{
    /// <summary>The environment variable with the token for a server that wants one; it never stands on a command line.</summary>
    public const string TokenVariable = RecorderLocation.TokenVariable;

    // The figures of a large history may take a server as long as it allows itself; asking again would only cost as much again.
    private static readonly TimeSpan AnswerTimeout = TimeSpan.FromMinutes(5);

    /// <summary>The token of the environment; null or empty without one.</summary>
    public static string? Token => RecorderLocation.FindToken(RecorderLocation.OfEnvironment);

    /// <summary>A store that records to a server.</summary>
    /// <exception cref="RefusedException">The address cannot be used.</exception>
    public static HttpRunMetricsStore OpenStore(Uri server, TimeProvider time) =>
        Open(configure => HttpRunMetricsStore.Create(server, configure, time));

    /// <summary>What a server has recorded.</summary>
    /// <exception cref="RefusedException">The address cannot be used.</exception>
    public static HttpRunMetricsQueries OpenQueries(Uri server, TimeProvider time) =>
        Open(configure => HttpRunMetricsQueries.Create(
            server,
            options =>
            {
                configure(options);
                options.AttemptTimeout = options.TotalTimeout = AnswerTimeout;
            },
            time));

    private static T Open<T>(Func<Action<RunMetricsClientOptions>, T> create)
    {
        try
        {
            return create(options => options.BearerToken = RecordingTarget.MakeTokenSource(Token));
        }
        catch (ArgumentException exception)
        {
            throw new RefusedException($"--server: {exception.Message}");
        }
    }
}
