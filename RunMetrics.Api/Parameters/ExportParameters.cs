using System.ComponentModel.DataAnnotations;
using Microsoft.AspNetCore.Mvc;
using RunMetrics.Domain.Facts;
using RunMetrics.Domain.Runs;

namespace RunMetrics.Api.Parameters;

/// <summary>The query parameters of an export.</summary>
public sealed class ExportParameters : IValidatableObject
{
    /// <summary>Only runs of this project.</summary>
    [FromQuery(Name = "repo"), DisplayFormat(ConvertEmptyStringToNull = false)]
    public string? ProjectId { get; set; }

    /// <summary>Only runs that started at or after this instant, which has an offset.</summary>
    [FromQuery(Name = "since")]
    public DateTimeOffset? Since { get; set; }

    /// <summary>Only runs that started before this instant, which has an offset.</summary>
    [FromQuery(Name = "until")]
    public DateTimeOffset? Until { get; set; }

    /// <inheritdoc />
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (ProjectId is not null && !Identifiers.IsValidProject(ProjectId))
        {
            yield return ParameterRules.Refuse("repo", ProjectId, Identifiers.AcceptedProject);
        }

        if (ParameterRules.FindFaultyWindow(Since, Until) is { } fault)
        {
            yield return fault;
        }
    }

    /// <summary>The filter.</summary>
    internal RunFilter ToFilter() => new() { ProjectId = ProjectId, Since = Since, Until = Until };
}
