using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.Infrastructure;
using Microsoft.Extensions.Options;

namespace RunMetrics.Api.Errors;

/// <summary>Makes and writes problem details wherever in the pipeline they arise.</summary>
internal static class ProblemResponse
{
    public const string ContentType = "application/problem+json";

    /// <summary>Writes problem details whatever the client said it accepts: an error that nobody can read helps nobody.</summary>
    public static Task WriteProblemAsync(
        this HttpContext context, int status, string? detail = null, IReadOnlyDictionary<string, string[]>? errors = null)
    {
        var problem = context.CreateProblem(status, detail, errors);
        var json = context.RequestServices.GetRequiredService<IOptions<Microsoft.AspNetCore.Http.Json.JsonOptions>>().Value.SerializerOptions;
        context.Response.StatusCode = status;

        // What ended the call, as its time limit does, does not end its answer.
        return context.Response.WriteAsJsonAsync(problem, json, ContentType, CancellationToken.None);
    }

    private static ProblemDetails CreateProblem(
        this HttpContext context, int status, string? detail = null, IReadOnlyDictionary<string, string[]>? errors = null)
    {
        var problem = context.RequestServices.GetRequiredService<ProblemDetailsFactory>().CreateProblemDetails(context, status, detail: detail);
        if (errors is not null)
        {
            problem.Extensions[ApiProblemDetailsFactory.ErrorsKey] = errors;
        }

        return problem;
    }

    /// <summary>Problem details as the result of an action or a filter.</summary>
    public static ObjectResult ToProblemResult(
        this HttpContext context, int status, string detail, IReadOnlyDictionary<string, string[]>? errors = null) =>
        new(context.CreateProblem(status, detail, errors)) { StatusCode = status, ContentTypes = { ContentType } };

    /// <summary>The answer of an action that found nothing, naming what it looked for.</summary>
    public static ObjectResult NotFoundProblem(this ControllerBase controller, string field, string value) =>
        controller.HttpContext.ToProblemResult(StatusCodes.Status404NotFound, $"There is nothing recorded whose {field} is '{value}'.");
}
