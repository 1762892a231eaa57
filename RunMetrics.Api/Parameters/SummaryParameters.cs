using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using Microsoft.AspNetCore.Mvc;

namespace RunMetrics.Api.Parameters;

/// <summary>The query parameters of a summary.</summary>
public sealed class SummaryParameters
{
    private const int DefaultRecent = 10;
    private const int MaxRecent = 200;

    /// <summary>How many of the newest runs to list, at most.</summary>
    [FromQuery(Name = "recent"), Range(0, MaxRecent), DefaultValue(DefaultRecent)]
    public int Recent { get; set; } = DefaultRecent;

    /// <summary>
    /// Only what had happened by this instant, which has an offset: runs that had started, running if they had not ended, and phases that had
    /// started, open if they ended later.
    /// </summary>
    [FromQuery(Name = "as_of")]
    public DateTimeOffset? AsOf { get; set; }
}
