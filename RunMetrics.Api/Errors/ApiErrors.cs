using Microsoft.AspNetCore.Mvc.Infrastructure;

namespace RunMetrics.Api.Errors;

/// <summary>Every answer that is not a success leaves as problem details, in one shape, from one place.</summary>
internal static class ApiErrors
{
    public static void AddApiErrors(this IServiceCollection services)
    {
        services.AddSingleton<ProblemDetailsFactory, ApiProblemDetailsFactory>();
        services.AddExceptionHandler<ApiExceptionHandler>();
    }

    public static void UseApiErrors(this WebApplication app)
    {
        app.UseExceptionHandler(_ => { });
        app.UseStatusCodePages(pages => pages.HttpContext.WriteProblemAsync(pages.HttpContext.Response.StatusCode));
    }
}
