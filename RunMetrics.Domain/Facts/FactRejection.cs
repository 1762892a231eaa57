namespace RunMetrics.Domain.Facts;

/// <summary>The refusal of a fact.</summary>
/// <param name="Reason">The kind of refusal.</param>
/// <param name="Errors">What is wrong with the fact: at least one error, at most <see cref="MaxErrors"/>.</param>
public sealed record FactRejection(FactRejectionReason Reason, IReadOnlyList<FactError> Errors)
{
    /// <summary>How many errors are listed at most.</summary>
    public const int MaxErrors = 20;

    /// <summary>How many errors there are beyond those listed; from 0.</summary>
    public int OmittedErrors { get; init; }

    /// <summary>The sentences of all <see cref="Errors"/>, and how many more there are.</summary>
    public string Message => string.Join(' ', Errors.Select(error => error.Message)) + (OmittedErrors > 0 ? $" And {OmittedErrors} more errors." : "");

    /// <summary>The sentences of all <see cref="Errors"/> by the name of the field.</summary>
    internal Dictionary<string, IReadOnlyList<string>> MessagesByField() => Errors
        .GroupBy(error => error.Field, error => error.Message, StringComparer.Ordinal)
        .ToDictionary(field => field.Key, IReadOnlyList<string> (field) => [.. field], StringComparer.Ordinal);
}

/// <summary>Why a fact was not stored.</summary>
public enum FactRejectionReason
{
    /// <summary>What was sent is no fact: not JSON, or not an object of the expected form.</summary>
    Unreadable,

    /// <summary>The fact breaks a rule on its own.</summary>
    Invalid,

    /// <summary>The fact is about a run that nobody recorded.</summary>
    UnknownRun,

    /// <summary>The fact is about a project that the caller may not touch.</summary>
    UnknownProject,

    /// <summary>The fact contradicts what is settled; the stored row stays as it is.</summary>
    Conflict,
}

/// <summary>One thing that is wrong with a fact.</summary>
/// <param name="Field">The field by its JSON name, such as <c>ended_at</c>.</param>
/// <param name="Message">Field, value and what would be accepted in one sentence. Texts that somebody sent are cut to a readable length.</param>
public sealed record FactError(string Field, string Message)
{
    private const int MaxShownLength = 100;
    private const int MaxAcceptedLength = 300;

    /// <summary>Says what is wrong with a field.</summary>
    /// <param name="field">The field by its JSON name.</param>
    /// <param name="value">The value as it was given; null when it was missing.</param>
    /// <param name="accepted">What would have been accepted instead.</param>
    internal FactError(string field, string? value, string accepted)
        : this(Cut(field, MaxShownLength), Say(Cut(field, MaxShownLength), value, Cut(accepted, MaxAcceptedLength)))
    {
    }

    private static string Say(string field, string? value, string accepted) => value is null
        ? $"{field} is missing; accepted: {accepted}."
        : $"{field} is '{Cut(value, MaxShownLength)}'; accepted: {accepted}.";

    /// <summary>The beginning of a text, cut never between the two halves of a character.</summary>
    internal static string Truncate(string text, int length) =>
        text.Length <= length ? text : text[..(char.IsHighSurrogate(text[length - 1]) ? length - 1 : length)];

    private static string Cut(string text, int length) => text.Length <= length ? text : $"{Truncate(text, length)}…";
}

/// <summary>Gathers what is wrong with a fact in memory that does not grow with the number of errors.</summary>
internal sealed class FactErrors
{
    private readonly List<FactError> _listed = [];

    public IReadOnlyList<FactError> Listed => _listed;

    public int Omitted { get; private set; }

    public void Add(FactError error)
    {
        if (_listed.Count < FactRejection.MaxErrors)
        {
            _listed.Add(error);
        }
        else
        {
            Omitted++;
        }
    }

    public void Add(string field, string? value, string accepted) => Add(new FactError(field, value, accepted));

    public void AddRange(IEnumerable<FactError> listed, int omitted)
    {
        foreach (var error in listed)
        {
            Add(error);
        }

        Omitted += omitted;
    }

    public FactRejection ToRejection(FactRejectionReason reason) => new(reason, _listed) { OmittedErrors = Omitted };
}
