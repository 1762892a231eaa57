using Microsoft.Extensions.Logging;
using RunMetrics.Client.Spooling;
using RunMetrics.Data.Databases;
using RunMetrics.Domain.Storage;

namespace RunMetrics;

/// <summary>Opens recorders in programs without a host; those with one use <see cref="RunMetricsServices"/>.</summary>
public static class RunMetricsRecorderExtensions
{
    extension(RunMetricsRecorder)
    {
        /// <summary>
        /// Opens a recorder on a database or a server. A file is made, a database is brought to the schema of this version as needed; in front of a
        /// server facts are kept in a <see cref="RunMetricsSpool"/> on this machine while it does not answer. Disposing the recorder closes it all.
        /// </summary>
        /// <param name="target">
        /// A file, such as <c>runs.db</c>; a connection string, such as <c>Data Source=runs.db</c> or <c>Host=db;Database=runs</c>; a PostgreSQL
        /// database, such as <c>postgresql://runner@db/runs</c>; or the address of a server, such as <c>https://metrics.example/</c>, whose token is taken from the environment variable <c>RUNMETRICS_TOKEN</c>. When null, the server of
        /// <c>RUNMETRICS_SERVER</c>, else the database of <c>ConnectionStrings__RunMetrics</c>, else <c>runmetrics.db</c> in the user's local
        /// application data folder.
        /// </param>
        /// <param name="options">How much recording may cost.</param>
        /// <param name="loggers">Where failures are logged; nowhere by default. <see cref="RunMetricsRecorder.LastFailure"/> has the last one.</param>
        /// <param name="cancellationToken">Ends the call.</param>
        /// <exception cref="ArgumentException">The target cannot be read, or an option is out of its range.</exception>
        /// <exception cref="DatabaseRefusedException">The database cannot be used; it was not changed.</exception>
        /// <exception cref="StoreUnavailableException">The database cannot be written now, because another program holds it.</exception>
        public static async Task<RunMetricsRecorder> OpenAsync(
            string? target = null,
            RunMetricsRecorderOptions? options = null,
            ILoggerFactory? loggers = null,
            CancellationToken cancellationToken = default)
        {
            options ??= new RunMetricsRecorderOptions();
            RunMetricsRecorderOptions.Validate(options);
            var location = RecorderLocation.Find(target, RecorderLocation.OfEnvironment);
            var opened = await OpenAsync(location, options.StoreTimeout, loggers, cancellationToken);
            return new RunMetricsRecorder(opened.Store, opened, TimeProvider.System, loggers?.CreateLogger<RunMetricsRecorder>(), options);
        }
    }

    private static async Task<RecordingTarget> OpenAsync(
        RecorderLocation location, TimeSpan storeTimeout, ILoggerFactory? loggers, CancellationToken cancellationToken)
    {
        if (location.Database is { } database)
        {
            return await RecordingTarget.OpenAsync(database, TimeProvider.System, cancellationToken);
        }

        var token = RecorderLocation.FindToken(RecorderLocation.OfEnvironment);
        var target = RecordingTarget.Open(location.Server!, token, loggers, TimeProvider.System, storeTimeout);
        await target.WarmUpAsync(cancellationToken);
        return target;
    }
}
