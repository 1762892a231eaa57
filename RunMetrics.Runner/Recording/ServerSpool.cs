using RunMetrics.Client.Spooling;

namespace RunMetrics.Runner.Recording;

/// <summary>The facts that wait on this machine for a server.</summary>
internal static class ServerSpool
{
    /// <summary>The spool that runs are recorded into while the server is away.</summary>
    public static RunMetricsSpool Of(Uri server, TimeProvider time) =>
        new(new RunMetricsSpoolOptions { Folder = RunMetricsSpoolOptions.DefaultFolderOf(server) }, time);
}
