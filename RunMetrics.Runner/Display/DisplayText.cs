using System.Globalization;
using System.Text.Json;
using RunMetrics.Domain.Facts;
using RunMetrics.Runner.Runs;

namespace RunMetrics.Runner.Display;

/// <summary>What is said of a run and of its phases.</summary>
internal static class DisplayText
{
    private const int MaxLogLineLength = 500;
    private const int MaxNoteLength = 500;

    /// <summary>That a run starts or goes on.</summary>
    public static string Start(RunPlan plan, Step? from) =>
        $"run {plan.RunId} {(from is null ? "started" : $"resumed at {Name(from)}")}: work order {plan.WorkOrderId}, project {plan.ProjectId}, "
        + $"base {plan.BaseBranch} of {plan.Repository}";

    /// <summary>A step by its name, such as <c>builder, iteration 2</c>.</summary>
    public static string Name(Step step) => string.Create(CultureInfo.InvariantCulture, $"{step.Phase.Name()}, iteration {step.Iteration}");

    /// <summary>That a phase has ended.</summary>
    public static string End(PhaseResult phase)
    {
        var notes = Notes(phase.Metadata);
        var elapsed = phase.Elapsed is { } known ? $" in {Seconds(known.TotalSeconds)}" : "";
        return $"{Name(phase.Step)}: {phase.Outcome?.Name() ?? "open"}{elapsed}{(notes.Length > 0 ? $" ({notes})" : "")}";
    }

    /// <summary>Where the log of a command is and what it ends with.</summary>
    public static IEnumerable<string> Log(LogTail? log) => log is null
        ? []
        : log.Lines.Select(line => $"  | {PrintableText.Of(line, MaxLogLineLength)}").Prepend($"  log: {log.File}");

    /// <summary>That facts wait for their server, and what delivers them.</summary>
    public static string Waiting(long facts, Uri server) => string.Create(
        CultureInfo.InvariantCulture,
        $"{facts} {(facts == 1 ? "fact waits" : "facts wait")} on this machine; to deliver them: runmetrics spool --drain --server {server}");

    /// <summary>The metadata of a phase in a few words: what a person wants to know; empty when there is nothing.</summary>
    public static string Notes(JsonElement? metadata)
    {
        if (metadata is not { ValueKind: JsonValueKind.Object } members)
        {
            return "";
        }

        var parts = new List<string>();
        AddText(parts, members, "reason", text => text.Replace('_', ' '));
        AddNumber(parts, members, "exit_code", number => number == 0 ? null : $"exit code {Text(number)}");
        AddNumber(parts, members, "files_changed", files => Changes(members, files));
        AddNumber(parts, members, "tests_total", total => Tests(members, "", total));
        AddNumber(parts, members, "baseline_exit_code", number => number == 0 ? "baseline passed" : "baseline failed");
        AddNumber(parts, members, "baseline_tests_total", total => Tests(members, "baseline_", total));
        AddNumber(parts, members, "waited_seconds", seconds => seconds == 0 ? null : $"waited {Seconds(seconds)}");
        AddText(parts, members, "message", text => text);
        AddText(parts, members, "exception_message", text => text);
        return string.Join(", ", parts);
    }

    /// <summary>A duration in seconds without the unit: whole, but for one decimal below a second.</summary>
    public static string Duration(TimeSpan elapsed) => elapsed < TimeSpan.FromSeconds(1)
        ? elapsed.TotalSeconds.ToString("0.0", CultureInfo.InvariantCulture)
        : Durations.WholeSeconds(elapsed).ToString(CultureInfo.InvariantCulture);

    /// <summary>A number of seconds, such as <c>1.3 s</c>.</summary>
    public static string Seconds(double seconds) => string.Create(CultureInfo.InvariantCulture, $"{seconds:0.0} s");

    private static string Changes(JsonElement members, double files)
    {
        var changed = $"{Text(files)} {(files == 1 ? "file" : "files")}";
        return Number(members, "lines_added") is { } added && Number(members, "lines_removed") is { } removed
            ? $"+{Text(added)} -{Text(removed)} in {changed}"
            : $"{changed} changed";
    }

    private static string Tests(JsonElement members, string prefix, double total) => Number(members, $"{prefix}tests_passed") is { } passed
        ? $"{Text(passed)} of {Text(total)} tests passed"
        : $"{Text(total)} tests";

    private static void AddText(List<string> parts, JsonElement members, string name, Func<string, string> say)
    {
        if (members.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String)
        {
            parts.Add(say(PrintableText.Of(value.GetString()!, MaxNoteLength)));
        }
    }

    private static void AddNumber(List<string> parts, JsonElement members, string name, Func<double, string?> say)
    {
        if (Number(members, name) is { } number && say(number) is { } text)
        {
            parts.Add(text);
        }
    }

    private static double? Number(JsonElement members, string name) =>
        members.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Number ? value.GetDouble() : null;

    private static string Text(double number) => number.ToString(CultureInfo.InvariantCulture);
}
