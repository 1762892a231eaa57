namespace RunMetrics.Runner.Loop;

/// <summary>What came of a command of the run.</summary>
/// <param name="ExitCode">Its exit code.</param>
/// <param name="LogFile">The file with its output.</param>
/// <param name="ResultsFolder">The folder that it was given for test reports.</param>
internal sealed record CommandRun(int ExitCode, string LogFile, string ResultsFolder)
{
    /// <summary>True for exit code 0.</summary>
    public bool Succeeded => ExitCode == 0;
}
