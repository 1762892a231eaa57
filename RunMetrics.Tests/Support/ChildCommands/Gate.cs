namespace RunMetrics.Tests.Support.ChildCommands;

/// <summary>A file for which several processes wait, so that they start on the same moment.</summary>
internal static class Gate
{
    private const string Waiting = "waiting";

    /// <summary>Called by a child: says that it waits, and waits until the file is there.</summary>
    public static async Task PassAsync(string file)
    {
        await Console.Out.WriteLineAsync(Waiting);
        using var poll = new PeriodicTimer(TimeSpan.FromMilliseconds(1));
        while (!File.Exists(file))
        {
            await poll.WaitForNextTickAsync();
        }
    }

    /// <summary>Called by the test: waits until all children wait, and lets them pass.</summary>
    public static async Task OpenAsync(string file, IEnumerable<OwnedProcess> children)
    {
        foreach (var child in children)
        {
            await child.WaitForOutputAsync(line => line == Waiting);
        }

        await File.WriteAllTextAsync(file, string.Empty);
    }
}
