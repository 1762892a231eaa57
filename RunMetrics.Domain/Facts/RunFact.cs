using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using FluentValidation;
using FluentValidation.Results;

namespace RunMetrics.Domain.Facts;

/// <summary>The fact that a run exists and where it stands.</summary>
public sealed record RunFact : Fact
{
    /// <summary>The project, usually a repository.</summary>
    [Required, RegularExpression(Identifiers.ProjectPattern), MaxLength(Identifiers.MaxLength)]
    public string? ProjectId { get; init; }

    /// <summary>The work order that the run works on.</summary>
    [Required, RegularExpression(Identifiers.Pattern), MaxLength(Identifiers.MaxLength)]
    public string? WorkOrderId { get; init; }

    /// <summary>Where the run stands.</summary>
    [AllowedNames<RunStatus>, DefaultValue("running")]
    public string? Status { get; init; }

    /// <summary>When the run started, with an offset; by default the time of the call. At most a day in the future.</summary>
    public DateTimeOffset? StartedAt { get; init; }

    /// <summary>
    /// When the run ended, with an offset, not before <c>started_at</c>; null while <c>status</c> is <c>running</c>, by default the time of the
    /// call when it is final.
    /// </summary>
    public DateTimeOffset? EndedAt { get; init; }

    /// <summary>
    /// What tells the run from others, such as agent, model or size of the task: at most 16 texts of 1 to 128 characters by names of the characters
    /// of ids. They are added to those recorded before, until the run has ended; another value for a recorded name is a conflict.
    /// </summary>
    public IReadOnlyDictionary<string, string>? Labels { get; init; }
}

/// <summary>The rules of a <see cref="RunFact"/> on its own.</summary>
internal sealed class RunFactValidator : AbstractValidator<RunFact>
{
    private static readonly EnumNames<RunStatus> Statuses = EnumNames.Of<RunStatus>();

    public RunFactValidator(TimeProvider time)
    {
        RuleFor(fact => fact.Id).Must(Identifiers.IsValid).WithMessage(Identifiers.Accepted);
        RuleFor(fact => fact.ProjectId).Must(Identifiers.IsValidProject).WithMessage(Identifiers.AcceptedProject);
        RuleFor(fact => fact.WorkOrderId).Must(Identifiers.IsValid).WithMessage(Identifiers.Accepted);
        RuleFor(fact => fact.Status).Must(Statuses.Contains).When(fact => fact.Status is not null).WithMessage(Statuses.Accepted);

        RuleFor(fact => fact.EndedAt)
            .GreaterThanOrEqualTo(fact => fact.StartedAt)
            .When(fact => fact.StartedAt is not null)
            .WithMessage("an instant at or after started_at (the run ends before it starts)");
        RuleFor(fact => fact.EndedAt)
            .Null()
            .When(fact => fact.Status is null || fact.Status == RunStatus.Running.Name())
            .WithMessage("null while status is running");

        RuleFor(fact => fact.Labels).Custom((labels, context) =>
        {
            foreach (var fault in RunLabels.FindFaults(labels))
            {
                context.AddFailure(new ValidationFailure(nameof(RunFact.Labels), fault.Message) { CustomState = fault });
            }
        });

        RuleSet(FactRules.Timely, () =>
        {
            RuleFor(fact => fact.StartedAt).NotInTheFuture(time);
            RuleFor(fact => fact.EndedAt).NotInTheFuture(time);
        });

        RuleSet(FactRules.Complete, () =>
        {
            RuleFor(fact => fact.Status).NotNull().WithMessage(Statuses.Accepted);
            RuleFor(fact => fact.StartedAt).NotNull().WithMessage(Instants.Accepted);
            RuleFor(fact => fact.EndedAt)
                .NotNull()
                .When(fact => Statuses.TryParse(fact.Status, out var status) && status != RunStatus.Running)
                .WithMessage($"{Instants.Accepted}, as the status is final");
        });
    }
}
