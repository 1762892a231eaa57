using System.Runtime.CompilerServices;
using RunMetrics.Client;
using RunMetrics.Data;
using RunMetrics.Data.Databases;
using RunMetrics.Data.Sqlite;
using RunMetrics.Domain.Runs;
using RunMetrics.Domain.Statistics;
using RunMetrics.Domain.Storage;
using RunMetrics.Runner.Exit;

namespace RunMetrics.Runner.Recording;

/// <summary>What is asked about recorded runs, of a database or of a server.</summary>
/// <exception cref="StoreUnavailableException">Of every question: it is not answered now.</exception>
internal abstract class RecordedRuns : IDisposable
{
    private RecordedRuns()
    {
    }

    /// <summary>Opens what is there.</summary>
    /// <exception cref="RefusedException">There is no such file, or the address cannot be used.</exception>
    /// <exception cref="DatabaseRefusedException">The database cannot be used; it was not changed.</exception>
    public static async Task<RecordedRuns> OpenAsync(RecordingLocation location, TimeProvider time, CancellationToken cancellationToken)
    {
        if (location.Server is { } server)
        {
            return new OfServer(ServerConnection.OpenQueries(server, time), ServerConnection.OpenStore(server, time));
        }

        return location.Database is SqliteLocation file && !File.Exists(file.FilePath)
            ? throw new RefusedException($"{file.FilePath}: there is no such file; name one that runs were recorded into by --database.")
            : new OfDatabase(await OpenedDatabase.OpenAsync(location.Database, time, cancellationToken));
    }

    /// <summary>How runs and their phases came out and what they took.</summary>
    /// <returns>Null when the project has no run.</returns>
    public abstract Task<RunMetricsStatistics?> ComputeStatisticsAsync(
        RunFilter filter, DateTimeOffset? asOf, string? groupBy, CancellationToken cancellationToken);

    /// <summary>The projects that have runs, by id.</summary>
    public abstract IAsyncEnumerable<ProjectRecord> ListProjectsAsync(CancellationToken cancellationToken);

    /// <summary>The newest runs, by start, then id.</summary>
    /// <param name="filter">The runs that are listed.</param>
    /// <param name="limit">How many runs to list at most, from 1 to 200.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <returns>Null when the project of the filter has no run at all.</returns>
    /// <exception cref="RefusedException">Too many projects of a server would have to be asked.</exception>
    public abstract Task<Page<RunRecord>?> ListRunsAsync(RunFilter filter, int limit, CancellationToken cancellationToken);

    /// <summary>A run with its phases.</summary>
    /// <returns>Null when there is no such run.</returns>
    public abstract Task<RunHistory?> FindRunAsync(string runId, CancellationToken cancellationToken);

    /// <summary>Writes the recorded facts as lines of an import, each run before its phases.</summary>
    /// <param name="projectId">The project; null for all.</param>
    /// <param name="since">Only runs that started at or after this instant; null for no such limit.</param>
    /// <param name="until">Only runs that started before this instant; null for no such limit.</param>
    /// <param name="destination">Where to write. When the call throws, it ends with a part of the lines.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    public abstract Task ExportAsync(
        string? projectId, DateTimeOffset? since, DateTimeOffset? until, Stream destination, CancellationToken cancellationToken);

    /// <inheritdoc />
    public abstract void Dispose();

    private sealed class OfDatabase(OpenedDatabase database) : RecordedRuns
    {
        private const int ProjectsAtOnce = 200;

        public override Task<RunMetricsStatistics?> ComputeStatisticsAsync(
            RunFilter filter, DateTimeOffset? asOf, string? groupBy, CancellationToken cancellationToken) =>
            database.Queries.ComputeStatisticsAsync(filter, asOf, groupBy, ProjectAccess.All, cancellationToken);

        public override async IAsyncEnumerable<ProjectRecord> ListProjectsAsync([EnumeratorCancellation] CancellationToken cancellationToken)
        {
            Page<ProjectRecord>? page = null;
            do
            {
                page = await database.Queries.ListProjectsAsync(page?.Items[^1].Id, ProjectsAtOnce, ProjectAccess.All, cancellationToken);
                foreach (var project in page.Items)
                {
                    yield return project;
                }
            }
            while (page.HasMore);
        }

        public override Task<Page<RunRecord>?> ListRunsAsync(RunFilter filter, int limit, CancellationToken cancellationToken) =>
            database.Queries.ListRunsAsync(filter, after: null, limit, ProjectAccess.All, cancellationToken);

        public override Task<RunHistory?> FindRunAsync(string runId, CancellationToken cancellationToken) =>
            database.Store.FindRunAsync(runId, ProjectAccess.All, cancellationToken);

        public override Task ExportAsync(
            string? projectId, DateTimeOffset? since, DateTimeOffset? until, Stream destination, CancellationToken cancellationToken)
        {
            var filter = new RunFilter { ProjectId = projectId, Since = since, Until = until };
            return FactLines.WriteAsync(destination, database.Queries.ExportAsync(filter, ProjectAccess.All, cancellationToken), cancellationToken);
        }

        public override void Dispose() => database.Dispose();
    }

    private sealed class OfServer(HttpRunMetricsQueries queries, HttpRunMetricsStore store) : RecordedRuns
    {
        public override Task<RunMetricsStatistics?> ComputeStatisticsAsync(
            RunFilter filter, DateTimeOffset? asOf, string? groupBy, CancellationToken cancellationToken) =>
            queries.ComputeStatisticsAsync(filter, asOf, groupBy, cancellationToken);

        public override IAsyncEnumerable<ProjectRecord> ListProjectsAsync(CancellationToken cancellationToken) =>
            queries.ListProjectsAsync(cancellationToken);

        public override async Task<Page<RunRecord>?> ListRunsAsync(RunFilter filter, int limit, CancellationToken cancellationToken) =>
            filter.ProjectId is null
                ? await NewestRuns.FindAsync(queries, filter, limit, cancellationToken)
                : await queries.ListRunsAsync(filter, limit, cancellationToken);

        public override Task<RunHistory?> FindRunAsync(string runId, CancellationToken cancellationToken) =>
            store.FindRunAsync(runId, ProjectAccess.All, cancellationToken);

        public override Task ExportAsync(
            string? projectId, DateTimeOffset? since, DateTimeOffset? until, Stream destination, CancellationToken cancellationToken) =>
            queries.ExportAsync(projectId, since, until, destination, cancellationToken);

        public override void Dispose()
        {
            queries.Dispose();
            store.Dispose();
        }
    }
}
