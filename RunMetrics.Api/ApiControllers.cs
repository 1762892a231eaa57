using Microsoft.AspNetCore.Mvc.Formatters;
using RunMetrics.Api.Errors;
using RunMetrics.Api.Import;
using RunMetrics.Domain.Facts;

namespace RunMetrics.Api;

/// <summary>Registers the controllers with the conventions that all of them share.</summary>
internal static class ApiControllers
{
    public static void AddApiControllers(this IServiceCollection services)
    {
        services.AddSingleton<FactImport>();
        services
            .AddControllers(mvc =>
            {
                mvc.Filters.Add<UnknownQueryParameterFilter>();

                // One representation: application/json, and application/problem+json for what went wrong.
                mvc.OutputFormatters.RemoveType<StringOutputFormatter>();
                mvc.OutputFormatters.OfType<SystemTextJsonOutputFormatter>().Single().SupportedMediaTypes.Remove("text/json");
                mvc.SuppressImplicitRequiredAttributeForNonNullableReferenceTypes = true;
                mvc.SuppressAsyncSuffixInActionNames = false;
            })
            .AddJsonOptions(json => RunMetricsJson.Configure(json.JsonSerializerOptions))
            .ConfigureApiBehaviorOptions(api => api.InvalidModelStateResponseFactory = InvalidRequest.ToResult);

        // The OpenAPI document is derived from these, the answers are written by those of MVC: they must be the same.
        services.ConfigureHttpJsonOptions(json => RunMetricsJson.Configure(json.SerializerOptions));
    }
}
