using System.Diagnostics;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;

namespace RunMetrics.Benchmarks.AdoNet;

/// <summary>
/// The statements that the queries run for a question, with their values, as kept commands whose rows are read and dropped: what an answer takes that
/// costs nothing to put together. They are taken down from the queries when they are first needed.
/// </summary>
/// <param name="connection">An open connection; it stays the caller's.</param>
/// <param name="askAsync">Asks the queries.</param>
internal sealed class BareReader(SqliteConnection connection, Func<Task<object?>> askAsync)
{
    private List<SqliteCommand>? _commands;
    private object? _answer;
    private int _rows;

    /// <summary>Reads all rows.</summary>
    /// <returns>What the queries answered.</returns>
    /// <exception cref="InvalidOperationException">There are more or fewer rows than there were.</exception>
    public object? Ask()
    {
        if (_commands is null)
        {
            _commands = TakeDown();
            _rows = ReadAll();
        }

        var rows = ReadAll();
        return rows == _rows ? _answer : throw new InvalidOperationException($"{rows} rows instead of {_rows}.");
    }

    private int ReadAll()
    {
        var rows = 0;
        foreach (var command in _commands!)
        {
            rows += command.ReadAll(row => row.GetValues(new object[row.FieldCount])).Count;
        }

        return rows;
    }

    private List<SqliteCommand> TakeDown()
    {
        var commands = new List<SqliteCommand>();
        var subscriptions = new List<IDisposable>();
        subscriptions.Add(DiagnosticListener.AllListeners.Subscribe(new Observer<DiagnosticListener>(listener =>
        {
            if (listener.Name == DbLoggerCategory.Name)
            {
                subscriptions.Add(listener.Subscribe(new Observer<KeyValuePair<string, object?>>(entry =>
                {
                    if (entry.Value is CommandEventData { Command: SqliteCommand command } && entry.Key == RelationalEventId.CommandExecuting.Name)
                    {
                        commands.Add(Copy(command));
                    }
                })));
            }
        })));

        // SQLite works on the thread of its caller, so nothing is waited for here.
        _answer = Task.Run(askAsync).GetAwaiter().GetResult();
        subscriptions.ForEach(subscription => subscription.Dispose());
        return commands;
    }

    private SqliteCommand Copy(SqliteCommand command)
    {
        var copy = connection.Prepare(command.CommandText, 0);
        foreach (SqliteParameter parameter in command.Parameters)
        {
            copy.Parameters.AddWithValue(parameter.ParameterName, parameter.Value);
        }

        return copy;
    }

    private sealed class Observer<T>(Action<T> onNext) : IObserver<T>
    {
        public void OnCompleted()
        {
        }

        public void OnError(Exception error)
        {
        }

        public void OnNext(T value) => onNext(value);
    }
}
