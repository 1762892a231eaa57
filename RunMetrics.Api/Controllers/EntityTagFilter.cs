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
    private const string JsonContentType = "application/json; charset=utf-8";

    // A cache may keep the answer and asks each time whether it still holds.
    private const string Revalidate = "no-cache";

    public void OnResultExecuting(ResultExecutingContext context)
    {
        if (HttpMethods.IsGet(context.HttpContext.Request.Method)
            && context.Result is ObjectResult { StatusCode: null or StatusCodes.Status200OK, Value: { } value })
        {
            context.Result = new TaggedResult(JsonSerializer.SerializeToUtf8Bytes(value, value.GetType(), json.Value.JsonSerializerOptions));
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

        await AnswerAsync(invocation.HttpContext, buffer.ToArray());
        return Results.Empty;
    }

    private static async Task AnswerAsync(HttpContext context, byte[] body)
    {
        var tag = new EntityTagHeaderValue($"\"{Convert.ToHexStringLower(SHA256.HashData(body).AsSpan(0, 16))}\"");
        var response = context.Response;
        response.GetTypedHeaders().ETag = tag;
        response.Headers.CacheControl = Revalidate;
        var known = context.Request.GetTypedHeaders().IfNoneMatch;
        if (known.Any(other => other.Equals(EntityTagHeaderValue.Any) || other.Compare(tag, useStrongComparison: false)))
        {
            response.StatusCode = StatusCodes.Status304NotModified;
            return;
        }

        // The framework's own results for bytes cut the connection when the time limit ends the call here; this one is answered with 504.
        context.RequestAborted.ThrowIfCancellationRequested();
        response.ContentType = JsonContentType;
        response.ContentLength = body.Length;
        await response.Body.WriteAsync(body, context.RequestAborted);
    }

    private sealed class TaggedResult(byte[] body) : ActionResult
    {
        public override Task ExecuteResultAsync(ActionContext context) => AnswerAsync(context.HttpContext, body);
    }
}
