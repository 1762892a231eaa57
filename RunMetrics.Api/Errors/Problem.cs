using System.Diagnostics;
using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.Options;
using RunMetrics.Domain.Facts;

namespace RunMetrics.Api.Errors;

/// <summary>What went wrong, by RFC 9457.</summary>
/// <param name="Type">The kind of problem: always <c>about:blank</c>, so that title and status say it.</param>
/// <param name="Title">The name of the status.</param>
/// <param name="Status">The status code of the answer.</param>
/// <param name="TraceId">The id of the request in the log.</param>
internal sealed record Problem(string Type, string Title, int Status, string TraceId)
{
    public const string ContentType = "application/problem+json";

    /// <summary>What is wrong with this request, in sentences.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Detail { get; init; }

    /// <summary>Why a fact was refused, or what is not recorded.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull), AllowedNames<FactRejectionReason>]
    public string? Reason { get; init; }

    /// <summary>
    /// What is wrong with the request: for each field the value and what would be accepted. Of many errors some are listed, and <c>detail</c> says
    /// how many more there are.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyDictionary<string, IReadOnlyList<string>>? Errors { get; init; }
}

/// <summary>Makes and writes problem details wherever in the pipeline they arise.</summary>
internal static class ProblemResponse
{
    /// <summary>Writes problem details whatever the client said it accepts: an error that nobody can read helps nobody.</summary>
    public static Task WriteProblemAsync(
        this HttpContext context,
        int status,
        string? detail = null,
        IReadOnlyDictionary<string, IReadOnlyList<string>>? errors = null,
        FactRejectionReason? reason = null)
    {
        var json = context.RequestServices.GetRequiredService<IOptions<Microsoft.AspNetCore.Http.Json.JsonOptions>>().Value.SerializerOptions;
        context.Response.StatusCode = status;

        // What ended the call, as its time limit does, does not end its answer.
        return context.Response.WriteAsJsonAsync(Create(context, status, detail, errors, reason), json, Problem.ContentType, CancellationToken.None);
    }

    /// <summary>Problem details as the result of an action or a filter.</summary>
    public static ObjectResult ToProblemResult(
        this HttpContext context,
        int status,
        string detail,
        IReadOnlyDictionary<string, IReadOnlyList<string>>? errors = null,
        FactRejectionReason? reason = null) =>
        new(Create(context, status, detail, errors, reason)) { StatusCode = status, ContentTypes = { Problem.ContentType } };

    /// <summary>The answer of an action that found no such run.</summary>
    public static ObjectResult UnknownRunProblem(this ControllerBase controller, string runId) =>
        controller.HttpContext.NotFoundProblem("run_id", runId, FactRejectionReason.UnknownRun);

    /// <summary>The answer of an action that found no run of such a project.</summary>
    public static ObjectResult UnknownProjectProblem(this ControllerBase controller, string projectId) =>
        controller.HttpContext.NotFoundProblem("project_id", projectId, FactRejectionReason.UnknownProject);

    private static ObjectResult NotFoundProblem(this HttpContext context, string field, string value, FactRejectionReason reason) =>
        context.ToProblemResult(StatusCodes.Status404NotFound, $"There is nothing recorded whose {field} is '{value}'.", reason: reason);

    private static Problem Create(
        HttpContext context, int status, string? detail, IReadOnlyDictionary<string, IReadOnlyList<string>>? errors, FactRejectionReason? reason) =>
        new("about:blank", ReasonPhrases.GetReasonPhrase(status), status, Activity.Current?.TraceId.ToHexString() ?? context.TraceIdentifier)
        {
            Detail = detail,
            Reason = reason is null ? null : EnumNames.Of<FactRejectionReason>().NameOf(reason.Value),
            Errors = errors,
        };
}
