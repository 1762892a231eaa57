using System.ComponentModel.DataAnnotations;
using Microsoft.AspNetCore.Mvc;
using RunMetrics.Domain.Facts;

namespace RunMetrics.Api.Parameters;

/// <summary>The query parameters of statistics.</summary>
public sealed class StatisticsParameters : RunFilterParameters
{
    private const string GroupByPrefix = "label:";

    /// <summary>
    /// Only what had happened by this instant, which has an offset: runs that had started, running if they had not ended, and phases that had
    /// started, open if they ended later.
    /// </summary>
    [FromQuery(Name = "as_of")]
    public DateTimeOffset? AsOf { get; set; }

    /// <summary>`label:name`, such as `label:model`: repeats the figures for each value of the label.</summary>
    [FromQuery(Name = "group_by"), DisplayFormat(ConvertEmptyStringToNull = false)]
    public string? GroupBy { get; set; }

    /// <summary>The name of the label to group by; null for none.</summary>
    internal string? GroupByLabel => GroupBy?[GroupByPrefix.Length..];

    /// <inheritdoc />
    public override IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        foreach (var refusal in base.Validate(validationContext))
        {
            yield return refusal;
        }

        if (GroupBy is not null && !(GroupBy.StartsWith(GroupByPrefix, StringComparison.Ordinal) && Identifiers.IsValid(GroupByLabel)))
        {
            yield return ParameterRules.Refuse("group_by", GroupBy, $"{GroupByPrefix}NAME, the name {Identifiers.Accepted}");
        }
    }
}
