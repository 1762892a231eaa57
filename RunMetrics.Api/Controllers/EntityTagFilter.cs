using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.Filters;
using Microsoft.Extensions.Options;
using Microsoft.Net.Http.Headers;

namespace RunMetrics.Api.Controllers;

/// <summary>
/// Gives the answer to a GET an <c>ETag</c> made of its own bytes, so that it changes exactly when the answer does, and answers a call that names
/// it in <c>If-None-Match</c> with 304.
/// </summary>
internal sealed class EntityTagFilter(IOptions<JsonOptions> json) : IResultFilter
{
    private const string ContentType = "application/json; charset=utf-8";

    // A cache may keep the answer and asks each time whether it still holds.
    private const string Revalidate = "no-cache";

    public void OnResultExecuting(ResultExecutingContext context)
    {
        if (HttpMethods.IsGet(context.HttpContext.Request.Method)
            && context.Result is ObjectResult { StatusCode: null or StatusCodes.Status200OK, Value: { } value })
        {
            var body = JsonSerializer.SerializeToUtf8Bytes(value, value.GetType(), json.Value.JsonSerializerOptions);
            context.HttpContext.Response.Headers.CacheControl = Revalidate;
            context.Result = new FileContentResult(body, ContentType) { EntityTag = TagOf(body) };
        }
    }

    public void OnResultExecuted(ResultExecutedContext context)
    {
    }

    /// <summary>The same for an endpoint that writes its answer itself.</summary>
    public static async ValueTask<object?> TagAnswerAsync(EndpointFilterInvocationContext invocation, EndpointFilterDelegate next)
    {
        var response = invocation.HttpContext.Response;
        var output = response.Body;
        using var buffer = new MemoryStream();
        response.Body = buffer;
        try
        {
            await next(invocation);
            await response.BodyWriter.FlushAsync(invocation.HttpContext.RequestAborted);
        }
        finally
        {
            response.Body = output;
        }

        var body = buffer.ToArray();
        response.Headers.CacheControl = Revalidate;
        return Results.Bytes(body, response.ContentType, entityTag: TagOf(body));
    }

    private static EntityTagHeaderValue TagOf(ReadOnlySpan<byte> body) =>
        new($"\"{Convert.ToHexStringLower(SHA256.HashData(body).AsSpan(0, 16))}\"");
}
