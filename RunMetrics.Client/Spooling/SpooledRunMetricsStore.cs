using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using RunMetrics.Domain.Runs;
using RunMetrics.Domain.Storage;

namespace RunMetrics.Client.Spooling;

/// <summary>
/// A store that loses nothing while the store behind it is away. Facts that cannot be delivered at once are put on the disk of this machine,
/// answered as <see cref="FactDisposition.Spooled"/>, and delivered in their order in the background as soon as the store answers again; those
/// that an earlier process has left behind too.
/// </summary>
public sealed partial class SpooledRunMetricsStore : IRunMetricsStore, IAsyncDisposable
{
    private readonly IRunMetricsStore _store;
    private readonly BoundedStore _bounded;
    private readonly RunMetricsSpoolOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly CancellationTokenSource _stopping = new();
    private readonly CancellationTokenSource _closing = new();
    private readonly Channel<bool> _wakeUps = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private readonly Task _drainer;
    private int _isAway;
    private int _isClosed;

    private SpooledRunMetricsStore(IRunMetricsStore store, RunMetricsSpoolOptions options, TimeProvider time, ILogger logger)
    {
        _store = store;
        _options = options;
        _time = time;
        _logger = logger;
        _bounded = new BoundedStore(store, time);
        Spool = new RunMetricsSpool(options, time, logger);

        // The drainer belongs to none of the activities of whoever opens the store.
        using (ExecutionContext.IsFlowSuppressed() ? default : ExecutionContext.SuppressFlow())
        {
            _drainer = Task.Run(() => DrainAlwaysAsync(), CancellationToken.None);
        }
    }

    /// <summary>The spool in front of the store.</summary>
    public RunMetricsSpool Spool { get; }

    /// <summary>Puts a spool in front of a store and starts to deliver what waits in it. Dispose it at the end; the store behind it stays open.</summary>
    /// <param name="store">Where the facts of the folder belong.</param>
    /// <param name="options">Where, how much, and how long to wait; the defaults when null.</param>
    /// <param name="time">The clock; the system's by default.</param>
    /// <param name="logger">Where it is said what happens to facts; nowhere by default.</param>
    /// <exception cref="ArgumentException">An option is out of its range.</exception>
    public static SpooledRunMetricsStore Open(
        IRunMetricsStore store,
        RunMetricsSpoolOptions? options = null,
        TimeProvider? time = null,
        ILogger<SpooledRunMetricsStore>? logger = null)
    {
        options ??= new RunMetricsSpoolOptions();
        OptionsRules<RunMetricsSpoolOptions>.Require(options);
        return new SpooledRunMetricsStore(
            store, options, time ?? TimeProvider.System, logger ?? NullLogger<SpooledRunMetricsStore>.Instance);
    }

    /// <inheritdoc />
    /// <exception cref="NotSupportedException">A batch may touch certain projects only: what is delivered later knows no limit but that of the token.</exception>
    /// <exception cref="ArgumentException">The store says that it can never take the facts.</exception>
    /// <exception cref="StoreUnavailableException">The facts could neither be delivered nor spooled: the spool is full or cannot be written.</exception>
    public async Task<IReadOnlyList<IReadOnlyList<FactResult>>> WriteAsync(IReadOnlyList<FactBatch> batches, CancellationToken cancellationToken)
    {
        foreach (var batch in batches)
        {
            batch.Access.RequireAll();
        }

        if (!Spool.HasPending())
        {
            try
            {
                var results = await _bounded.WriteAsync(batches, _options.DeliveryTimeout, cancellationToken);
                Interlocked.Exchange(ref _isAway, 0);
                return results;
            }
            catch (Exception exception) when (IsOfTheStore(exception, cancellationToken))
            {
                ReportAway(exception.Message);
            }
        }

        await Spool.AppendAsync(batches, cancellationToken);
        _wakeUps.Writer.TryWrite(true);
        return [.. batches.Select(batch => batch.Facts.Select(_ => FactResult.Spooled).ToList())];
    }

    /// <inheritdoc />
    /// <remarks>What waits is delivered first, so that the answer is not older than what was said.</remarks>
    /// <exception cref="StoreUnavailableException">The store does not answer, or not all that waits could be delivered to it in time.</exception>
    public async Task<RunHistory?> FindRunAsync(string runId, ProjectAccess access, CancellationToken cancellationToken)
    {
        await DeliverFirstAsync(cancellationToken);
        return await _store.FindRunAsync(runId, access, cancellationToken);
    }

    /// <inheritdoc />
    /// <remarks>What waits is delivered first, so that it does not bring the run back.</remarks>
    /// <exception cref="StoreUnavailableException">The store does not answer, or not all that waits could be delivered to it in time.</exception>
    public async Task<bool> DeleteRunAsync(string runId, ProjectAccess access, CancellationToken cancellationToken)
    {
        await DeliverFirstAsync(cancellationToken);
        return await _store.DeleteRunAsync(runId, access, cancellationToken);
    }

    /// <summary>Delivers what waits now: see <see cref="RunMetricsSpool.DrainAsync(IRunMetricsStore, CancellationToken)"/>.</summary>
    /// <param name="cancellationToken">Ends the call; what was delivered stays delivered.</param>
    public Task<SpoolDrainReport> DrainAsync(CancellationToken cancellationToken) => Spool.DrainAsync(_bounded, CancellationToken.None, cancellationToken);

    /// <summary>
    /// Ends when what waits is delivered, when the store does not take it, or after <see cref="RunMetricsSpoolOptions.DisposeTimeout"/>. What still
    /// waits then stays on the disk for the next process. Harmless when repeated.
    /// </summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _isClosed, 1) == 1)
        {
            return;
        }

        await _stopping.CancelAsync();
        await Task.WhenAny(_drainer, Task.Delay(_options.DisposeTimeout, _time));
        await _closing.CancelAsync();
        await _drainer;
        _stopping.Dispose();
        _closing.Dispose();
    }

    private async Task DeliverFirstAsync(CancellationToken cancellationToken)
    {
        using var timeout = new CancellationTokenSource(_options.DeliveryTimeout, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        try
        {
            var report = await DrainAsync(either.Token);
            if (!report.IsComplete)
            {
                throw new StoreUnavailableException($"Facts wait in {Spool.Folder}: {report.Failure}");
            }
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            _wakeUps.Writer.TryWrite(true);
            throw new StoreUnavailableException($"Facts in {Spool.Folder} are still being delivered.");
        }
    }

    /// <summary>
    /// Drains whenever something waits: at the start, when something is spooled, and when another process has died. When it is to stop, it still
    /// delivers what waits, unless the store has just failed to take it.
    /// </summary>
    private async Task DrainAlwaysAsync()
    {
        var delay = _options.RetryDelay;
        bool isWokenUp;
        do
        {
            if (await TryDrainAsync())
            {
                delay = _options.RetryDelay;
                isWokenUp = await WaitForWakeUpAsync();
            }
            else
            {
                isWokenUp = false;
                await WaitAsync(end => Task.Delay(Timeout.InfiniteTimeSpan, end), delay * (0.75 + (Random.Shared.NextDouble() / 4)));
                delay = delay * 2 < _options.MaxRetryDelay ? delay * 2 : _options.MaxRetryDelay;
            }
        }
        while (isWokenUp || !_stopping.IsCancellationRequested);
    }

    private async Task<bool> TryDrainAsync()
    {
        string? failure;
        try
        {
            var report = await Spool.DrainAsync(_bounded, _stopping.Token, _closing.Token);
            if (report.Delivered + report.Rejected > 0)
            {
                LogDrained(report.Delivered, report.Rejected);
            }

            failure = report.Failure;
        }
        catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
        {
            return false;
        }
        catch (Exception exception)
        {
            // Whatever happens to the folder, the program that records must not hear of it here.
            failure = exception.Message;
        }

        if (failure is null)
        {
            Interlocked.Exchange(ref _isAway, 0);
            return true;
        }

        ReportAway(failure);
        return false;
    }

    /// <returns>True when something was spooled; what other processes have left is looked for after a time anyway.</returns>
    private async Task<bool> WaitForWakeUpAsync()
    {
        await WaitAsync(end => _wakeUps.Reader.WaitToReadAsync(end).AsTask(), _options.MaxRetryDelay);
        return _wakeUps.Reader.TryRead(out _);
    }

    /// <summary>Waits at most for a time, or until it is to stop. The wait is cancelled then, so that nothing of it is left.</summary>
    private async Task WaitAsync(Func<CancellationToken, Task> wait, TimeSpan atMost)
    {
        using var timeout = new CancellationTokenSource(atMost, _time);
        using var end = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, _stopping.Token);
        await wait(end.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    /// <summary>True when the store is to blame and not the caller: the facts may be written later.</summary>
    private static bool IsOfTheStore(Exception exception, CancellationToken cancellationToken) =>
        exception is not ArgumentException && !(exception is OperationCanceledException && cancellationToken.IsCancellationRequested);

    private void ReportAway(string reason)
    {
        if (Interlocked.Exchange(ref _isAway, 1) == 0)
        {
            LogAway(Spool.Folder, reason);
        }
    }

    [LoggerMessage(3, LogLevel.Warning, "The store is away, facts are kept in {Folder}: {Reason}")]
    private partial void LogAway(string folder, string reason);

    [LoggerMessage(4, LogLevel.Information, "Of the facts kept while the store was away, {Delivered} were delivered and {Rejected} set aside")]
    private partial void LogDrained(long delivered, long rejected);
}
