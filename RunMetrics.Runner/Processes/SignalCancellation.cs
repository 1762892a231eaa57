using System.Runtime.InteropServices;

namespace RunMetrics.Runner.Processes;

/// <summary>
/// Turns Ctrl-C, SIGTERM and a closed terminal into the cancellation of what is being done, which then ends in good order. A second
/// Ctrl-C or SIGTERM ends the program at once.
/// </summary>
internal sealed class SignalCancellation : IDisposable
{
    // A parent in the same process group may pass on what the group has had from the terminal: that is one request, not two.
    private static readonly TimeSpan SameRequest = TimeSpan.FromMilliseconds(500);

    private readonly Lock _gate = new();
    private readonly CancellationTokenSource _source = new();
    private readonly TimeProvider _time;
    private readonly int _forcedExitCode;
    private readonly List<PosixSignalRegistration> _registrations;
    private long? _firstAt;

    /// <summary>Listens from now on.</summary>
    /// <param name="time">The clock.</param>
    /// <param name="forcedExitCode">What the program ends with when its end is forced.</param>
    public SignalCancellation(TimeProvider time, int forcedExitCode)
    {
        _time = time;
        _forcedExitCode = forcedExitCode;
        _registrations =
        [
            .. new[] { PosixSignal.SIGINT, PosixSignal.SIGTERM, PosixSignal.SIGHUP }
                .Select(signal => PosixSignalRegistration.Create(signal, Handle)),
        ];
    }

    /// <summary>Cancelled by the first signal.</summary>
    public CancellationToken Token => _source.Token;

    /// <inheritdoc />
    public void Dispose()
    {
        _registrations.ForEach(registration => registration.Dispose());
        _source.Dispose();
    }

    private void Handle(PosixSignalContext context)
    {
        context.Cancel = true;
        if (TryBeFirst(out var since))
        {
            _source.Cancel();
        }
        else if (since >= SameRequest && context.Signal is PosixSignal.SIGINT or PosixSignal.SIGTERM)
        {
            Environment.Exit(_forcedExitCode);
        }
    }

    private bool TryBeFirst(out TimeSpan since)
    {
        lock (_gate)
        {
            since = _firstAt is { } first ? _time.GetElapsedTime(first) : TimeSpan.Zero;
            var isFirst = _firstAt is null;
            _firstAt ??= _time.GetTimestamp();
            return isFirst;
        }
    }
}
