using FluentValidation;
using RunMetrics.Domain.Facts;
using RunMetrics.Domain.Vocabulary;

namespace RunMetrics.Domain.Runs;

/// <summary>The rules of a <see cref="RunFact"/> on its own.</summary>
internal sealed class RunFactValidator : AbstractValidator<RunFact>
{
    public RunFactValidator(TimeProvider time)
    {
        RuleFor(fact => fact.Id).Accept((_, id) => Identifiers.IsValid(id), Identifiers.Accepted);
        RuleFor(fact => fact.ProjectId).Accept((_, id) => Identifiers.IsValidProject(id), Identifiers.AcceptedProject);
        RuleFor(fact => fact.WorkOrderId).Accept((_, id) => Identifiers.IsValid(id), Identifiers.Accepted);
        RuleFor(fact => fact.Status).Accept((_, status) => status is null || Terms.Statuses.Contains(status), Terms.Statuses.Accepted);

        RuleFor(fact => fact.EndedAt)
            .Accept(
                (fact, endedAt) => !(endedAt < fact.StartedAt),
                "an instant at or after started_at (the run ends before it starts)")
            .Accept(
                (fact, endedAt) => endedAt is null || !IsRunning(fact),
                "null while status is running");

        RuleSet(FactRules.Timely, () =>
        {
            RuleFor(fact => fact.StartedAt).NotInTheFuture(time);
            RuleFor(fact => fact.EndedAt).NotInTheFuture(time);
        });

        RuleSet(FactRules.Complete, () =>
        {
            RuleFor(fact => fact.Status).Accept((_, status) => status is not null, Terms.Statuses.Accepted);
            RuleFor(fact => fact.StartedAt).Accept((_, startedAt) => startedAt is not null, Instants.Accepted);
            RuleFor(fact => fact.EndedAt)
                .Accept((fact, endedAt) => endedAt is not null || !IsFinal(fact), $"{Instants.Accepted}, as the status is final");
        });
    }

    private static bool IsRunning(RunFact fact) => fact.Status is null || fact.Status == RunStatus.Running.Name();

    private static bool IsFinal(RunFact fact) => Terms.Statuses.TryParse(fact.Status, out var status) && status != RunStatus.Running;
}
