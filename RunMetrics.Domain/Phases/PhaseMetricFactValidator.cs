using System.Text.Json;
using FluentValidation;
using RunMetrics.Domain.Facts;
using RunMetrics.Domain.Vocabulary;

namespace RunMetrics.Domain.Phases;

/// <summary>The rules of a <see cref="PhaseMetricFact"/> on its own.</summary>
internal sealed class PhaseMetricFactValidator : AbstractValidator<PhaseMetricFact>
{
    private static readonly string PlainOutcomes =
        string.Join(", ", Enum.GetValues<PhaseOutcome>().Where(outcome => !outcome.IsVerdict()).Select(outcome => outcome.Name()));

    public PhaseMetricFactValidator(TimeProvider time)
    {
        RuleFor(fact => fact.Id).Accept((_, id) => id is null || Identifiers.IsValid(id), Identifiers.Accepted);
        RuleFor(fact => fact.RunId).Accept((_, id) => Identifiers.IsValid(id), Identifiers.Accepted);
        RuleFor(fact => fact.Phase).Accept((_, phase) => Terms.Phases.Contains(phase), Terms.Phases.Accepted);
        RuleFor(fact => fact.Iteration).Accept((_, iteration) => iteration is null or >= 1, "a whole number from 1 to 2147483647");

        RuleFor(fact => fact.StartedAt)
            .Accept((_, startedAt) => startedAt is not null, Instants.Accepted);
        RuleFor(fact => fact.EndedAt)
            .Accept(
                (fact, endedAt) => !(endedAt < fact.StartedAt),
                "an instant at or after started_at (the phase ends before it starts)")
            .Accept(
                (fact, endedAt) => endedAt is null || fact.StartedAt is null || (endedAt - fact.StartedAt).Value.TotalSeconds <= int.MaxValue,
                "an instant at most 2147483647 s after started_at")
            .Accept(
                (fact, endedAt) => endedAt is not null || fact.DurationSeconds is null,
                $"{Instants.Accepted}, as duration_seconds is given");

        RuleFor(fact => fact.DurationSeconds).Accept((_, seconds) => seconds is null or >= 0, Durations.Accepted);

        RuleFor(fact => fact.Outcome)
            .Accept((_, outcome) => outcome is null || Terms.Outcomes.Contains(outcome), Terms.Outcomes.Accepted)
            .Accept(
                (fact, outcome) => outcome is not null || (fact.EndedAt is null && fact.DurationSeconds is null),
                $"{Terms.Outcomes.Accepted}, as the phase has ended")
            .Accept(
                (fact, outcome) => !IsVerdict(outcome) || IsReviewerOrUnknown(fact.Phase),
                $"{PlainOutcomes} (verdicts belong to the phase reviewer)");

        RuleFor(fact => fact.Metadata)
            .Accept((_, metadata) => metadata is null || IsUsable(metadata.Value), $"names once, valid Unicode, nested at most {PhaseMetadata.MaxDepth} deep")
            .Accept(
                (_, metadata) => metadata is null || !IsUsable(metadata.Value) || PhaseMetadata.IsAcceptable(metadata.Value), PhaseMetadata.Accepted);

        RuleSet(FactRules.Timely, () =>
        {
            RuleFor(fact => fact.StartedAt).NotInTheFuture(time);
            RuleFor(fact => fact.EndedAt).NotInTheFuture(time);
        });

        RuleSet(FactRules.Complete, () =>
            RuleFor(fact => fact.Id).Accept((_, id) => id is not null, Identifiers.Accepted));
    }

    private static bool IsUsable(JsonElement metadata) => PhaseMetadata.FindUnusable(metadata, "metadata") is null;

    private static bool IsVerdict(string? outcome) => Terms.Outcomes.TryParse(outcome, out var value) && value.IsVerdict();

    // What is wrong with an unknown phase is said of the phase.
    private static bool IsReviewerOrUnknown(string? phase) =>
        !Terms.Phases.TryParse(phase, out var value) || value == RunPhase.Reviewer;
}
