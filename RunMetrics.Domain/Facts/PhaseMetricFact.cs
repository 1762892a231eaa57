using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Text.Json;
using FluentValidation;
using FluentValidation.Results;

namespace RunMetrics.Domain.Facts;

/// <summary>The fact that a phase of a run started, and, once it has an outcome, how and when it ended.</summary>
public sealed record PhaseMetricFact : Fact
{
    /// <summary>The lowest <see cref="Iteration"/>, which is also the one of a fact that names none.</summary>
    public const int FirstIteration = 1;

    /// <summary>The run that the phase belongs to; where the address gives it, it may be left out.</summary>
    [RegularExpression(Identifiers.Pattern), MaxLength(Identifiers.MaxLength)]
    public string? RunId { get; init; }

    /// <summary>The phase.</summary>
    [Required, AllowedNames<RunPhase>]
    public string? Phase { get; init; }

    /// <summary>The iteration of the run, from 1.</summary>
    [Range(FirstIteration, int.MaxValue), DefaultValue(FirstIteration)]
    public int? Iteration { get; init; }

    /// <summary>When the phase started, with an offset. At most a day in the future.</summary>
    [Required]
    public DateTimeOffset? StartedAt { get; init; }

    /// <summary>When the phase ended, with an offset, not before <c>started_at</c>; null while it is open or when its end is unknown.</summary>
    public DateTimeOffset? EndedAt { get; init; }

    /// <summary>How long the phase took, in whole seconds; computed from <c>started_at</c> and <c>ended_at</c> when left out.</summary>
    [Range(0, int.MaxValue)]
    public int? DurationSeconds { get; init; }

    /// <summary>
    /// How the phase came out; null while it is open. Only the phase <c>reviewer</c> has <c>approved</c> and <c>changes_requested</c>.
    /// </summary>
    [AllowedNames<PhaseOutcome>]
    public string? Outcome { get; init; }

    /// <summary>What else is known of the phase, such as test count, files changed or exit code.</summary>
    public JsonElement? Metadata { get; init; }
}

/// <summary>The rules of a <see cref="PhaseMetricFact"/> on its own.</summary>
internal sealed class PhaseMetricFactValidator : AbstractValidator<PhaseMetricFact>
{
    public static readonly string AcceptedIteration = $"a whole number from {PhaseMetricFact.FirstIteration} to {int.MaxValue}";

    private static readonly EnumNames<RunPhase> Phases = EnumNames.Of<RunPhase>();
    private static readonly EnumNames<PhaseOutcome> Outcomes = EnumNames.Of<PhaseOutcome>();

    private static readonly string PlainOutcomes =
        string.Join(", ", Outcomes.Values.Where(outcome => !outcome.IsVerdict()).Select(outcome => outcome.Name()));

    public PhaseMetricFactValidator(TimeProvider time)
    {
        RuleFor(fact => fact.Id).Must(Identifiers.IsValid).When(fact => fact.Id is not null).WithMessage(Identifiers.Accepted);
        RuleFor(fact => fact.RunId).Must(Identifiers.IsValid).WithMessage(Identifiers.Accepted);
        RuleFor(fact => fact.Phase).Must(Phases.Contains).WithMessage(Phases.Accepted);
        RuleFor(fact => fact.Iteration).GreaterThanOrEqualTo(PhaseMetricFact.FirstIteration).WithMessage(AcceptedIteration);
        RuleFor(fact => fact.StartedAt).NotNull().WithMessage(Instants.Accepted);

        RuleFor(fact => fact.EndedAt)
            .GreaterThanOrEqualTo(fact => fact.StartedAt)
            .When(fact => fact.StartedAt is not null)
            .WithMessage("an instant at or after started_at (the phase ends before it starts)");
        RuleFor(fact => fact.EndedAt)
            .Must((fact, endedAt) => (endedAt - fact.StartedAt)?.TotalSeconds is not > int.MaxValue)
            .WithMessage($"an instant at most {int.MaxValue} s after started_at");
        RuleFor(fact => fact.EndedAt)
            .NotNull()
            .When(fact => fact.DurationSeconds is not null)
            .WithMessage($"{Instants.Accepted}, as duration_seconds is given");

        RuleFor(fact => fact.DurationSeconds).GreaterThanOrEqualTo(0).WithMessage(Durations.Accepted);

        RuleFor(fact => fact.Outcome).Must(Outcomes.Contains).When(fact => fact.Outcome is not null).WithMessage(Outcomes.Accepted);
        RuleFor(fact => fact.Outcome)
            .NotNull()
            .When(fact => fact.EndedAt is not null || fact.DurationSeconds is not null)
            .WithMessage($"{Outcomes.Accepted}, as the phase has ended");
        RuleFor(fact => fact.Outcome)
            .Must(outcome => !(Outcomes.TryParse(outcome, out var value) && value.IsVerdict()))
            .When(fact => Phases.TryParse(fact.Phase, out var phase) && phase != RunPhase.Reviewer)
            .WithMessage($"{PlainOutcomes} (verdicts belong to the phase reviewer)");

        RuleFor(fact => fact.Metadata).Custom((metadata, context) =>
        {
            if (metadata is not null && PhaseMetadata.FindFault(metadata.Value) is { } fault)
            {
                context.AddFailure(new ValidationFailure(nameof(PhaseMetricFact.Metadata), fault.Message) { CustomState = fault });
            }
        });

        RuleSet(FactRules.Timely, () =>
        {
            RuleFor(fact => fact.StartedAt).NotInTheFuture(time);
            RuleFor(fact => fact.EndedAt).NotInTheFuture(time);
        });
    }
}
