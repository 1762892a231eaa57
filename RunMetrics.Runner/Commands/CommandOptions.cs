using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using RunMetrics.Domain.Facts;
using RunMetrics.Runner.Exit;
using RunMetrics.Runner.Recording;

namespace RunMetrics.Runner.Commands;

/// <summary>Options that several commands have, or that are read in a way of their own.</summary>
internal static class CommandOptions
{
    private const int MostIterations = 1000;

    // As many as the API gives on a page.
    private const int MaxLimit = 200;

    private const string AcceptedTime = "a number of seconds, or with s, m or h such as 90s, 30m or 2h, above zero and at most 168h";
    private const double ShortestTimeSeconds = 0.001;
    private const double LongestTimeSeconds = 7 * 24 * 3600;

    /// <summary>How long a phase may take unless something else is said.</summary>
    public static TimeSpan DefaultPhaseTimeout { get; } = TimeSpan.FromHours(2);

    /// <summary>The database.</summary>
    public static Option<string?> MakeDatabase() => new("--database")
    {
        Description = "The database file, or a PostgreSQL database as postgresql://USER@HOST/NAME; by default that of ConnectionStrings__RunMetrics, "
            + "else runmetrics.db in the local application data folder",
        HelpName = "FILE",
    };

    /// <summary>The server in place of a database.</summary>
    public static Option<string?> MakeServer() => new("--server")
    {
        Description = $"The address of an API instead of a database, by default that of {RecorderLocation.ServerVariable} if it is set; "
            + $"a token for it is taken from {ServerConnection.TokenVariable}",
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

    /// <summary>The project of the runs that are meant.</summary>
    public static Option<string?> MakeProject(string description) =>
        MakeId("--project", description, Identifiers.IsValidProject, Identifiers.AcceptedProject);

    /// <summary>The work order of the runs that are meant.</summary>
    public static Option<string?> MakeWorkOrder(string description) =>
        MakeId("--work-order", description, Identifiers.IsValid, Identifiers.Accepted);

    /// <summary>Where the runs stand that are meant.</summary>
    public static Option<RunStatus?> MakeStatus(string description) => new("--status")
    {
        Description = description,
        HelpName = "STATUS",
        CustomParser = result => Parse(
            result, OrNull<RunStatus>(EnumNames.Of<RunStatus>().TryParse), $"is no status; accepted: {EnumNames.Of<RunStatus>().Accepted}"),
    };

    /// <summary>An instant.</summary>
    public static Option<DateTimeOffset?> MakeInstant(string name, string description) => new(name)
    {
        Description = description,
        HelpName = "INSTANT",
        CustomParser = result => Parse(result, OrNull<DateTimeOffset>(Instants.TryParse), $"is no instant; accepted: {Instants.Accepted}"),
    };

    /// <summary>A date, which means its first moment in UTC, or an instant.</summary>
    public static Option<DateTimeOffset?> MakeDate(string name, string description) => new(name)
    {
        Description = description,
        HelpName = "DATE",
        CustomParser = result => Parse(
            result, OrNull<DateTimeOffset>(TryParseDate), $"is no date; accepted: a date such as 2026-01-12, or {Instants.Accepted}"),
    };

    /// <summary>Holds two instants against each other.</summary>
    /// <exception cref="RefusedException">The window ends before it begins.</exception>
    public static void RequireWindow(DateTimeOffset? since, DateTimeOffset? until)
    {
        if (until < since)
        {
            throw new RefusedException($"--until: '{Instants.Format(until.Value)}' is before --since; accepted: an instant at or after {Instants.Format(since.Value)}.");
        }
    }

    /// <summary>The label by whose values something is grouped: its name, or <c>label:</c> and its name as over HTTP.</summary>
    public static Option<string?> MakeGroupBy(string description) => new("--group-by")
    {
        Description = description,
        HelpName = "LABEL",
        CustomParser = result => Parse<string>(result, TryParseLabelName, $"is no name of a label; accepted: {RunLabels.AcceptedName}"),
    };

    /// <summary>How many iterations a run may take.</summary>
    public static Option<int> MakeMaxIterations() => new("--max-iterations")
    {
        Description = "How many times the builder may try",
        HelpName = "N",
        DefaultValueFactory = _ => 10,
        CustomParser = result => Parse<int>(
            result, TryParseWholeUpTo(MostIterations), $"is not accepted; accepted are whole numbers from 1 to {MostIterations}"),
    };

    /// <summary>How many runs are listed.</summary>
    public static Option<int> MakeLimit(string description) => new("--limit")
    {
        Description = description,
        HelpName = "N",
        DefaultValueFactory = _ => 20,
        CustomParser = result => Parse<int>(result, TryParseWholeUpTo(MaxLimit), $"is not accepted; accepted are whole numbers from 1 to {MaxLimit}"),
    };

    /// <summary>How long a phase may take; <see cref="DefaultPhaseTimeout"/> when it is not given.</summary>
    public static Option<TimeSpan?> MakePhaseTimeout() => new("--phase-timeout")
    {
        Description = $"How long a phase may take before it is ended, such as 90s, 30m or 2h [default: {DefaultPhaseTimeout.TotalHours}h]",
        HelpName = "TIME",
        CustomParser = result => Parse(result, OrNull<TimeSpan>(TryParseTime), $"is no time; accepted: {AcceptedTime}"),
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

    private static bool TryParseDate(string text, out DateTimeOffset instant) =>
        DateTimeOffset.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out instant)
        || Instants.TryParse(text, out instant);

    private static Option<string?> MakeId(string name, string description, Func<string, bool> isValid, string accepted) => new(name)
    {
        Description = description,
        HelpName = "ID",
        CustomParser = result => Parse(result, If(isValid), $"is no id; accepted: {accepted}"),
    };

    private static bool TryParseLabelName(string text, out string name)
    {
        const string prefix = "label:";
        name = text.StartsWith(prefix, StringComparison.Ordinal) ? text[prefix.Length..] : text;
        return Identifiers.IsValid(name);
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

    private static TryParse<int> TryParseWholeUpTo(int most) => (string text, out int number) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number) && number >= 1 && number <= most;

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

    private static TryParse<string> If(Func<string, bool> isValid) => (string text, out string value) =>
    {
        value = text;
        return isValid(text);
    };

    private static TryParse<T?> OrNull<T>(TryParse<T> tryParse)
        where T : struct => (string text, out T? value) =>
    {
        var isParsed = tryParse(text, out var parsed);
        value = parsed;
        return isParsed;
    };

    private delegate bool TryParse<T>(string text, out T value);
}
