using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.Infrastructure;
using Microsoft.Extensions.Options;
using RunMetrics.Domain.Facts;

namespace RunMetrics.Api.Errors;

/// <summary>Makes and writes problem details wherever in the pipeline they arise.</summary>
internal static class ProblemResponse
{
    public const string ContentType = "application/problem+json";

    /// <summary>Writes problem details whatever the client said it accepts: an error that nobody can read helps nobody.</summary>
    public static Task WriteProblemAsync(
        this HttpContext context,
        int status,
        string? detail = null,
        IReadOnlyDictionary<string, IReadOnlyList<string>>? errors = null,
        FactRejectionReason? reason = null)
    {
        var problem = context.CreateProblem(status, detail, errors, reason);
        var json = context.RequestServices.GetRequiredService<IOptions<Microsoft.AspNetCore.Http.Json.JsonOptions>>().Value.SerializerOptions;
        context.Response.StatusCode = status;

        // What ended the call, as its time limit does, does not end its answer.
        return context.Response.WriteAsJsonAsync(problem, json, ContentType, CancellationToken.None);
    }

    private static ProblemDetails CreateProblem(
        this HttpContext context,
        int status,
        string? detail = null,
        IReadOnlyDictionary<string, IReadOnlyList<string>>? errors = null,
        FactRejectionReason? reason = null)
    {
        var problem = context.RequestServices.GetRequiredService<ProblemDetailsFactory>().CreateProblemDetails(context, status, detail: detail);
        if (errors is not null)
        {
            problem.Extensions[ApiProblemDetailsFactory.ErrorsKey] = errors;
        }

        if (reason is not null)
        {
            problem.Extensions[ApiProblemDetailsFactory.ReasonKey] = reason;
        }

        return problem;
    }

    /// <summary>Problem details as the result of an action or a filter.</summary>
    public static ObjectResult ToProblemResult(
        this HttpContext context, int status, string detail, IReadOnlyDictionary<string, IReadOnlyList<string>>? errors = null) =>
        new(context.CreateProblem(status, detail, errors)) { StatusCode = status, ContentTypes = { ContentType } };

    /// <summary>The answer of an action that found no such run.</summary>
    public static ObjectResult UnknownRunProblem(this ControllerBase controller, string runId) =>
        controller.HttpContext.NotFoundProblem("run_id", runId, FactRejectionReason.UnknownRun);

    /// <summary>The answer of an action that found no run of such a project.</summary>
    public static ObjectResult UnknownProjectProblem(this ControllerBase controller, string projectId) =>
        controller.HttpContext.NotFoundProblem("project_id", projectId, FactRejectionReason.UnknownProject);

    private static ObjectResult NotFoundProblem(this HttpContext context, string field, string value, FactRejectionReason reason) => new(
        context.CreateProblem(StatusCodes.Status404NotFound, $"There is nothing recorded whose {field} is '{value}'.", reason: reason))
    {
        StatusCode = StatusCodes.Status404NotFound,
        ContentTypes = { ContentType },
    };
}
