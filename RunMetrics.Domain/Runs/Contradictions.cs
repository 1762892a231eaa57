using System.Globalization;
using RunMetrics.Domain.Facts;

namespace RunMetrics.Domain.Runs;

/// <summary>Gathers where a fact contradicts what is stored. What a fact leaves null it does not say.</summary>
internal sealed class Contradictions
{
    private const string Unknown = "unknown";

    private readonly List<FactError> _errors = [];

    public bool Any => _errors.Count > 0;

    public Contradictions Compare(string field, string? said, string stored)
    {
        if (said is not null && said != stored)
        {
            Add(field, said, $"'{stored}', as recorded");
        }

        return this;
    }

    public Contradictions Compare(string field, int? said, int? stored) =>
        Compare(field, said?.ToString(CultureInfo.InvariantCulture), stored?.ToString(CultureInfo.InvariantCulture) ?? Unknown);

    public Contradictions Compare(string field, DateTimeOffset? said, DateTimeOffset? stored) => Compare(field, Text(said), Text(stored) ?? Unknown);

    public void Add(string field, string? said, string accepted) => _errors.Add(new FactError(field, said, accepted));

    public FactResult ToConflict() => FactResult.Rejected(FactRejectionReason.Conflict, _errors);

    private static string? Text(DateTimeOffset? instant) => instant is null ? null : Instants.Format(instant.Value);
}
