using RunMetrics.Data;
using RunMetrics.Domain.Import;
using RunMetrics.Domain.Storage;

namespace RunMetrics.Runner.Recording;

/// <summary>A store that facts are imported into, with nothing in between that would take them in without an answer.</summary>
internal sealed class ImportTarget : IAsyncDisposable
{
    private readonly QueuedWriter _writer;
    private readonly IDisposable _store;

    private ImportTarget(IRunMetricsStore store, IDisposable owner, TimeProvider time)
    {
        _store = owner;
        _writer = new QueuedWriter(store, time: time);
        Import = new FactImport(new RunMetricsService(_writer, time));
    }

    /// <summary>Imports.</summary>
    public FactImport Import { get; }

    /// <summary>Opens a database, made as needed, or a server.</summary>
    /// <exception cref="Data.Databases.DatabaseRefusedException">The file cannot be used; it was not changed.</exception>
    /// <exception cref="Exit.RefusedException">The address cannot be used.</exception>
    public static async Task<ImportTarget> OpenAsync(RecordingLocation location, TimeProvider time, CancellationToken cancellationToken)
    {
        if (location.Server is { } server)
        {
            var http = ServerConnection.OpenStore(server, time);
            return new ImportTarget(http, http, time);
        }

        var database = await OpenedDatabase.OpenAsync(location.Database, time, cancellationToken);
        return new ImportTarget(database.Store, database, time);
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        await _writer.DisposeAsync();
        _store.Dispose();
    }
}
