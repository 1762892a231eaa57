using System.ComponentModel.DataAnnotations;
using Microsoft.AspNetCore.Mvc;
using RunMetrics.Domain.Facts;
using RunMetrics.Domain.Runs;

namespace RunMetrics.Api.Parameters;

/// <summary>The query parameters that say which runs are meant.</summary>
public abstract class RunFilterParameters : IValidatableObject
{
    /// <summary>Only runs that started at or after this instant, which has an offset.</summary>
    [FromQuery(Name = "since")]
    public DateTimeOffset? Since { get; set; }

    /// <summary>Only runs that started before this instant, which has an offset.</summary>
    [FromQuery(Name = "until")]
    public DateTimeOffset? Until { get; set; }

    /// <summary>Only runs of this work order.</summary>
    [FromQuery(Name = "work_order_id"), DisplayFormat(ConvertEmptyStringToNull = false)]
    public string? WorkOrderId { get; set; }

    /// <summary>Only runs that stand there; with `as_of`, that stood there then.</summary>
    [FromQuery(Name = "status")]
    public RunStatus? Status { get; set; }

    /// <summary>Only runs with this label, `name:value`, such as `model:opus`; repeated, runs with all of them. A colon in the name is `%3A`.</summary>
    [FromQuery(Name = "label")]
    public IList<string> Labels { get; set; } = [];

    /// <inheritdoc />
    public virtual IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (WorkOrderId is not null && !Identifiers.IsValid(WorkOrderId))
        {
            yield return ParameterRules.Refuse("work_order_id", WorkOrderId, Identifiers.Accepted);
        }

        if (ParameterRules.FindFaultyWindow(Since, Until) is { } fault)
        {
            yield return fault;
        }

        if (Labels.Count > RunLabels.MaxCount)
        {
            yield return ParameterRules.Refuse("label", $"given {Labels.Count} times", $"at most {RunLabels.MaxCount} labels, as a run has");
        }

        // The framework binds an empty text as null.
        foreach (var label in Labels.Select(text => text ?? "").Where(text => !RunLabels.TryParse(text, out _)))
        {
            yield return ParameterRules.Refuse("label", label, RunLabels.AcceptedText);
        }
    }

    /// <summary>The filter.</summary>
    /// <param name="projectId">The project; null for all.</param>
    internal RunFilter ToFilter(string? projectId) => new()
    {
        ProjectId = projectId,
        WorkOrderId = WorkOrderId,
        Status = Status,
        Since = Since,
        Until = Until,
        Labels = [.. Labels.Select(text => RunLabels.TryParse(text, out var label) ? label : throw new InvalidOperationException(text))],
    };
}
