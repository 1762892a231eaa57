using Microsoft.AspNetCore.Mvc.Formatters;
using RunMetrics.Api.Errors;
using RunMetrics.Api.Parameters;
using RunMetrics.Domain.Facts;
using RunMetrics.Domain.Import;
using RunMetrics.Domain.Storage;

namespace RunMetrics.Api.Controllers;

/// <summary>Registers the controllers with the conventions that all of them share.</summary>
internal static class ApiControllers
{
    public static void AddApiControllers(this IServiceCollection services)
    {
        services.AddSingleton(provider => new FactImport(provider.GetRequiredService<RunMetricsService>()));
        services.AddHealthChecks().AddCheck<DatabaseCheck>("database");
        services
            .AddControllers(mvc =>
            {
                mvc.Filters.Add<UnknownQueryParameterFilter>();
                mvc.Filters.Add<OtherContentTypeFilter>();
                mvc.Filters.Add<EntityTagFilter>();
                mvc.ModelBinderProviders.Insert(0, new TextBinders());

                // One representation: application/json, and application/problem+json for what went wrong.
                mvc.OutputFormatters.RemoveType<StringOutputFormatter>();
                mvc.OutputFormatters.OfType<SystemTextJsonOutputFormatter>().Single().SupportedMediaTypes.Remove("text/json");
                mvc.SuppressImplicitRequiredAttributeForNonNullableReferenceTypes = true;
                mvc.SuppressAsyncSuffixInActionNames = false;
            })
            .AddJsonOptions(json => RunMetricsJson.Configure(json.JsonSerializerOptions))
            .ConfigureApiBehaviorOptions(api =>
            {
                api.InvalidModelStateResponseFactory = InvalidRequest.ToResult;

                // A status without a body becomes problem details in the same place as those of the rest of the pipeline.
                api.SuppressMapClientErrors = true;
            });

        // The OpenAPI document is derived from these, the answers are written by those of MVC: they must be the same.
        services.ConfigureHttpJsonOptions(json => RunMetricsJson.Configure(json.SerializerOptions));
    }
}
