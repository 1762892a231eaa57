using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using Microsoft.AspNetCore.Mvc;

namespace RunMetrics.Api.Parameters;

/// <summary>How many items a page of a list has.</summary>
internal static class PageLimits
{
    public const int Default = 50;
    public const int Max = 200;
}

/// <summary>The query parameters of a list of projects.</summary>
public sealed class ProjectPageParameters
{
    /// <summary>How many to list, at most.</summary>
    [FromQuery(Name = "limit"), Range(1, PageLimits.Max), DefaultValue(PageLimits.Default)]
    public int Limit { get; set; } = PageLimits.Default;

    /// <summary>`next_cursor` of the page before; left out or empty for the first page.</summary>
    [FromQuery(Name = "cursor"), DisplayFormat(ConvertEmptyStringToNull = false)]
    public string? Cursor { get; set; }
}

/// <summary>The query parameters of a list of runs.</summary>
public sealed class RunPageParameters : RunFilterParameters
{
    /// <summary>How many to list, at most.</summary>
    [FromQuery(Name = "limit"), Range(1, PageLimits.Max), DefaultValue(PageLimits.Default)]
    public int Limit { get; set; } = PageLimits.Default;

    /// <summary>`next_cursor` of the page before, with the same filters; left out or empty for the first page.</summary>
    [FromQuery(Name = "cursor"), DisplayFormat(ConvertEmptyStringToNull = false)]
    public string? Cursor { get; set; }
}
