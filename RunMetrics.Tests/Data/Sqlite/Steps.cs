namespace RunMetrics.Tests.Data.Sqlite;

/// <summary>Keeps what is told of long work, and does something then, on the thread that works.</summary>
internal sealed class Steps(Action<string> then) : IProgress<string>
{
    public List<string> Values { get; } = [];

    public void Report(string value)
    {
        Values.Add(value);
        then(value);
    }
}
