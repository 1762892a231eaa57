using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using RunMetrics.Domain.Facts;
using RunMetrics.Runner.Recording;

namespace RunMetrics.Runner.Commands;

/// <summary>Options that several commands have, or that are read in a way of their own.</summary>
internal static class CommandOptions
{
    private const int MostIterations = 1000;

    private const string AcceptedTime = "a number of seconds, or with s, m or h such as 90s, 30m or 2h, above zero and at most 168h";
    private const double ShortestTimeSeconds = 0.001;
    private const double LongestTimeSeconds = 7 * 24 * 3600;

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

    /// <summary>Labels, each once: <c>--label model=opus --label agent=coder</c>.</summary>
    public static Option<IReadOnlyDictionary<string, string>?> MakeLabels(string description) => new("--label")
    {
        Description = description,
        HelpName = "NAME=VALUE",
        Arity = ArgumentArity.OneOrMore,
        CustomParser = ParseLabels,
    };

    /// <summary>How many iterations a run may take.</summary>
    public static Option<int> MakeMaxIterations() => new("--max-iterations")
    {
        Description = "How many times the builder may try",
        HelpName = "N",
        DefaultValueFactory = _ => 10,
        CustomParser = result => Parse<int>(
            result, TryParseIterations, $"is not accepted; accepted are whole numbers from 1 to {MostIterations}"),
    };

    /// <summary>How long a phase may take.</summary>
    public static Option<TimeSpan> MakePhaseTimeout() => new("--phase-timeout")
    {
        Description = "How long a phase may take before it is ended, such as 90s, 30m or 2h [default: 2h]",
        HelpName = "TIME",
        DefaultValueFactory = _ => TimeSpan.FromHours(2),
        CustomParser = result => Parse<TimeSpan>(result, TryParseTime, $"is no time; accepted: {AcceptedTime}"),
    };

    /// <summary>Reads a time: a number with <c>s</c>, <c>m</c> or <c>h</c>, or of seconds without.</summary>
    internal static bool TryParseTime(string text, out TimeSpan time)
    {
        var (number, unitSeconds) = text switch
        {
            [.. var seconds, 's'] => (seconds, 1),
            [.. var minutes, 'm'] => (minutes, 60),
            [.. var hours, 'h'] => (hours, 3600),
            _ => (text, 1),
        };

        // NaN can be read as a number, and no range holds it.
        var isTime = double.TryParse(number, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var value)
            && value * unitSeconds is >= ShortestTimeSeconds and <= LongestTimeSeconds;
        time = isTime ? TimeSpan.FromSeconds(value * unitSeconds) : default;
        return isTime;
    }

    private static SortedDictionary<string, string>? ParseLabels(ArgumentResult result)
    {
        var labels = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var text in result.Tokens.Select(token => token.Value))
        {
            // No name holds an equals sign, a value may.
            if (text.Split('=', 2) is not [var name, var value])
            {
                result.AddError($"--label: '{text}' is no label; accepted: NAME=VALUE, such as model=opus.");
            }
            else if (!labels.TryAdd(name, value))
            {
                result.AddError($"--label: '{text}' names '{name}' again; accepted: each name once.");
            }
        }

        foreach (var fault in RunLabels.FindFaults(labels))
        {
            result.AddError($"--label: {fault.Message}");
        }

        return labels;
    }

    private static bool TryParseIterations(string text, out int iterations) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out iterations) && iterations is >= 1 and <= MostIterations;

    private static T? Parse<T>(ArgumentResult result, TryParse<T> tryParse, string refusal)
    {
        var text = result.Tokens[0].Value;
        if (tryParse(text, out var value))
        {
            return value;
        }

        result.AddError($"{((OptionResult)result.Parent!).Option.Name}: '{text}' {refusal}.");
        return default;
    }

    private delegate bool TryParse<T>(string text, out T value);
}
