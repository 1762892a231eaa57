using Microsoft.AspNetCore.Diagnostics;
using RunMetrics.Domain.Facts;
using RunMetrics.Domain.Storage;

namespace RunMetrics.Api.Errors;

/// <summary>Every answer that is not a success leaves as problem details, in one shape, from one place.</summary>
internal static class ApiErrors
{
    public static void AddApiErrors(this IServiceCollection services) => services.AddExceptionHandler<ApiExceptionHandler>();

    public static void UseApiErrors(this WebApplication app)
    {
        app.UseExceptionHandler(_ => { });
        app.UseStatusCodePages(pages => pages.HttpContext.WriteProblemAsync(pages.HttpContext.Response.StatusCode));
    }
}

/// <summary>
/// The map from exception to status:
/// <list type="table">
/// <item><term><see cref="FactRejectedException"/></term><description>400 invalid, 404 unknown run or project, 409 contradiction</description></item>
/// <item><term><see cref="BadHttpRequestException"/></term><description>the status it carries, such as 413</description></item>
/// <item><term><see cref="StoreUnavailableException"/></term><description>503, to be tried again</description></item>
/// <item><term>anything else</term><description>500, without what went wrong; the log has it</description></item>
/// </list>
/// </summary>
internal sealed class ApiExceptionHandler(ILogger<ApiExceptionHandler> logger) : IExceptionHandler
{
    private const string RetryAfterSeconds = "1";

    public async ValueTask<bool> TryHandleAsync(HttpContext httpContext, Exception exception, CancellationToken cancellationToken)
    {
        if (httpContext.RequestAborted.IsCancellationRequested)
        {
            // Nobody is left to hear of it.
            httpContext.Response.StatusCode = StatusCodes.Status499ClientClosedRequest;
            return true;
        }

        switch (exception)
        {
            case FactRejectedException { Rejection: var rejection }:
                await httpContext.WriteProblemAsync(StatusOf(rejection), rejection.Message, rejection.MessagesByField(), rejection.Reason);
                break;

            case BadHttpRequestException badRequest:
                await httpContext.WriteProblemAsync(badRequest.StatusCode, badRequest.Message);
                break;

            case StoreUnavailableException unavailable:
                logger.LogWarning(unavailable, "The store is unavailable");
                httpContext.Response.Headers.RetryAfter = RetryAfterSeconds;
                await httpContext.WriteProblemAsync(StatusCodes.Status503ServiceUnavailable, unavailable.Message);
                break;

            default:
                logger.LogError(exception, "{Method} {Path} failed", httpContext.Request.Method, httpContext.Request.Path);
                await httpContext.WriteProblemAsync(StatusCodes.Status500InternalServerError);
                break;
        }

        return true;
    }

    private static int StatusOf(FactRejection rejection) => rejection.Reason switch
    {
        FactRejectionReason.UnknownRun or FactRejectionReason.UnknownProject => StatusCodes.Status404NotFound,
        FactRejectionReason.Conflict => StatusCodes.Status409Conflict,
        _ => StatusCodes.Status400BadRequest,
    };
}
