using Microsoft.AspNetCore.Mvc.Formatters;
using RunMetrics.Api.Errors;
using RunMetrics.Api.Import;
using RunMetrics.Api.Json;

namespace RunMetrics.Api;

/// <summary>Registers the controllers with the conventions that all of them share.</summary>
internal static class ApiControllers
{
    /// <summary>The largest body of a call that carries one fact, in bytes: its metadata, escaped at worst, and room to spare.</summary>
    private const int MaxBodyBytes = 1024 * 1024;

    public static void AddApiControllers(this IServiceCollection services)
    {
        services.Configure<Microsoft.AspNetCore.Server.Kestrel.Core.KestrelServerOptions>(kestrel =>
        {
            kestrel.Limits.MaxRequestBodySize = MaxBodyBytes;
            kestrel.AddServerHeader = false;
        });

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
            .AddJsonOptions(json => ApiJson.Configure(json.JsonSerializerOptions))
            .ConfigureApiBehaviorOptions(api => api.InvalidModelStateResponseFactory = InvalidRequest.ToResult);

        // The OpenAPI document is derived from these, the answers are written by those of MVC: they must be the same.
        services.ConfigureHttpJsonOptions(json => ApiJson.Configure(json.SerializerOptions));
    }
}
