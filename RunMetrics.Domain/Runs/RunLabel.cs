namespace RunMetrics.Domain.Runs;

/// <summary>A label of a run, as it is stored. It never changes.</summary>
internal sealed class RunLabel
{
    /// <summary>Makes a label that is valid by the rules of its fact.</summary>
    public RunLabel(string runId, string name, string value)
    {
        (RunId, Name, Value) = (runId, name, value);
    }

    private RunLabel()
    {
        RunId = Name = Value = string.Empty;
    }

    /// <summary>The run.</summary>
    public string RunId { get; private set; }

    /// <summary>What the label is about; once for a run.</summary>
    public string Name { get; private set; }

    /// <summary>What it says.</summary>
    public string Value { get; private set; }
}
