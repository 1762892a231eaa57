using System.Diagnostics;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.Infrastructure;
using Microsoft.AspNetCore.Mvc.ModelBinding;
using Microsoft.AspNetCore.WebUtilities;

namespace RunMetrics.Api.Errors;

/// <summary>The one shape of problem details (RFC 9457): title and status, a <c>trace_id</c> to find it in the log, and <c>errors</c> by field.</summary>
internal sealed class ApiProblemDetailsFactory : ProblemDetailsFactory
{
    public const string ErrorsKey = "errors";
    public const string ReasonKey = "reason";
    public const string TraceIdKey = "trace_id";

    public override ProblemDetails CreateProblemDetails(
        HttpContext httpContext,
        int? statusCode = null,
        string? title = null,
        string? type = null,
        string? detail = null,
        string? instance = null)
    {
        var status = statusCode ?? StatusCodes.Status500InternalServerError;
        return new ProblemDetails
        {
            Status = status,
            Title = title ?? ReasonPhrases.GetReasonPhrase(status),
            Type = type ?? "about:blank",
            Detail = detail,
            Instance = instance,
            Extensions = { [TraceIdKey] = TraceIdOf(httpContext) },
        };
    }

    public override ValidationProblemDetails CreateValidationProblemDetails(
        HttpContext httpContext,
        ModelStateDictionary modelStateDictionary,
        int? statusCode = null,
        string? title = null,
        string? type = null,
        string? detail = null,
        string? instance = null)
    {
        var status = statusCode ?? StatusCodes.Status400BadRequest;
        return new ValidationProblemDetails(modelStateDictionary)
        {
            Status = status,
            Title = title ?? ReasonPhrases.GetReasonPhrase(status),
            Type = type ?? "about:blank",
            Detail = detail,
            Instance = instance,
            Extensions = { [TraceIdKey] = TraceIdOf(httpContext) },
        };
    }

    private static string TraceIdOf(HttpContext httpContext) =>
        Activity.Current?.TraceId.ToHexString() ?? httpContext.TraceIdentifier;
}
