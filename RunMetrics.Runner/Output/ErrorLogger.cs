using Microsoft.Extensions.Logging;

namespace RunMetrics.Runner.Output;

/// <summary>Writes warnings and worse as lines of the error output.</summary>
/// <typeparam name="T">Whose log it is.</typeparam>
internal sealed class ErrorLogger<T>(TextWriter errors) : ILogger<T>
{
    /// <inheritdoc />
    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    /// <inheritdoc />
    public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Warning;

    /// <inheritdoc />
    public void Log<TState>(
        LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (IsEnabled(logLevel))
        {
            errors.WriteLine(formatter(state, exception));
        }
    }
}
