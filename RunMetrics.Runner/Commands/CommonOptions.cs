using System.CommandLine;

namespace RunMetrics.Runner.Commands;

/// <summary>Options that several commands have.</summary>
internal static class CommonOptions
{
    /// <summary>The database file.</summary>
    public static Option<string?> MakeDatabase() => new("--database")
    {
        Description = "The database file; by default that of ConnectionStrings__RunMetrics, else runmetrics.db in the local application data folder",
        HelpName = "FILE",
    };

    /// <summary>The server that is recorded to.</summary>
    public static Option<string?> MakeServer() => new("--server")
    {
        Description = $"Record to the API at this address instead of a database; a token is taken from {RecordingTarget.TokenVariable}",
        HelpName = "URL",
    };

    /// <summary>Facts instead of words on standard output.</summary>
    public static Option<bool> MakeJson() => new("--json")
    {
        Description = "Print the run's facts, one JSON object a line, on standard output and all else on the error output",
    };
}
