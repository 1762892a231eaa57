using System.CommandLine;
using System.Globalization;

namespace RunMetrics.Runner.Commands;

/// <summary>How long a phase may take: a number with <c>s</c>, <c>m</c> or <c>h</c>, or of seconds without.</summary>
internal static class PhaseTimeoutOption
{
    private const string Accepted = "a number of seconds, or with s, m or h such as 90s, 30m or 2h, above zero and at most 168h";

    private static readonly TimeSpan Longest = TimeSpan.FromDays(7);

    /// <summary>Makes the option.</summary>
    public static Option<TimeSpan> Make() => new("--phase-timeout")
    {
        Description = "How long a phase may take before it is ended, such as 90s, 30m or 2h [default: 2h]",
        HelpName = "TIME",
        DefaultValueFactory = _ => TimeSpan.FromHours(2),
        CustomParser = result =>
        {
            var text = result.Tokens[0].Value;
            if (TryParse(text, out var timeout))
            {
                return timeout;
            }

            result.AddError($"--phase-timeout: '{text}' is no time; accepted: {Accepted}.");
            return default;
        },
    };

    /// <summary>Reads a time.</summary>
    internal static bool TryParse(string text, out TimeSpan timeout)
    {
        timeout = default;
        var unitSeconds = text.Length == 0 ? 0 : text[^1] switch
        {
            's' => 1,
            'm' => 60,
            'h' => 3600,
            _ => 0,
        };
        var number = unitSeconds == 0 ? text : text[..^1];
        if (!double.TryParse(number, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var value)
            || value * Math.Max(unitSeconds, 1) > Longest.TotalSeconds)
        {
            return false;
        }

        timeout = TimeSpan.FromSeconds(value * Math.Max(unitSeconds, 1));
        return timeout >= TimeSpan.FromMilliseconds(1);
    }
}
