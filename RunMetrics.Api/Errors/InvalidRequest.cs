using System.Text;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.Filters;
using Microsoft.AspNetCore.Mvc.ModelBinding;
using Microsoft.Extensions.Primitives;
using Microsoft.Net.Http.Headers;
using RunMetrics.Api.Parameters;

namespace RunMetrics.Api.Errors;

/// <summary>What MVC could not bind, said by field, value and what would be accepted.</summary>
internal static class InvalidRequest
{
    private const string BodyField = "body";

    public static IActionResult ToResult(ActionContext context)
    {
        var metadata = context.HttpContext.RequestServices.GetRequiredService<IModelMetadataProvider>();
        var parameters = QueryParameter.Of(context.ActionDescriptor, metadata).ToDictionary(parameter => parameter.Name, StringComparer.Ordinal);
        var errors = context.ModelState
            .Where(entry => entry.Value is { ValidationState: ModelValidationState.Invalid })
            .Select(entry => (entry.Value, Name: entry.Key, Parameter: parameters.GetValueOrDefault(entry.Key)))
            .GroupBy(entry => entry.Parameter is null ? BodyField : entry.Name, StringComparer.Ordinal)
            .ToDictionary(
                field => field.Key,
                IReadOnlyList<string> (field) =>
                    [.. field.SelectMany(entry => MessagesOf(entry.Name, entry.Parameter, entry.Value!)).Distinct(StringComparer.Ordinal)],
                StringComparer.Ordinal);

        var detail = string.Join(' ', errors.SelectMany(field => field.Value));
        return context.HttpContext.ToProblemResult(StatusCodes.Status400BadRequest, detail, errors);
    }

    private static IEnumerable<string> MessagesOf(string name, QueryParameter? parameter, ModelStateEntry entry) =>
        parameter?.Range is { } range
            ? [$"{name} is '{entry.AttemptedValue}'; accepted: a whole number from {range.Minimum} to {range.Maximum}."]
            : entry.Errors.Select(error => error.ErrorMessage);
}

/// <summary>Refuses query parameters that a call does not have or that are given twice: a misspelt filter must not widen an answer.</summary>
internal sealed class UnknownQueryParameterFilter(IModelMetadataProvider metadata) : IResourceFilter
{
    public void OnResourceExecuting(ResourceExecutingContext context)
    {
        var given = context.HttpContext.Request.Query;
        if (given.Count == 0)
        {
            return;
        }

        var known = QueryParameter.Of(context.ActionDescriptor, metadata).ToDictionary(parameter => parameter.Name, StringComparer.Ordinal);
        var accepted = known.Count == 0
            ? "no query parameter"
            : $"the query parameters {string.Join(", ", known.Values.Select(parameter => parameter.IsList ? $"{parameter.Name} (repeatable)" : parameter.Name))}, each once";
        var errors = given
            .Where(parameter => !(known.TryGetValue(parameter.Key, out var asked) && (asked.IsList || parameter.Value.Count == 1)))
            .ToDictionary(
                parameter => parameter.Key,
                IReadOnlyList<string> (parameter) => [$"{parameter.Key} is '{parameter.Value}'; accepted: {accepted}."],
                StringComparer.Ordinal);
        if (errors.Count > 0)
        {
            var detail = string.Join(' ', errors.SelectMany(field => field.Value));
            context.Result = context.HttpContext.ToProblemResult(StatusCodes.Status400BadRequest, detail, errors);
        }
    }

    public void OnResourceExecuted(ResourceExecutedContext context)
    {
    }
}

/// <summary>
/// Refuses bodies that do not say what they are, which a page in a browser could send to a service on its machine, and those in another encoding
/// than UTF-8, which is that of JSON.
/// </summary>
internal sealed class OtherContentTypeFilter : IResourceFilter
{
    public void OnResourceExecuting(ResourceExecutingContext context)
    {
        var hasBody = context.HttpContext.Features.Get<IHttpRequestBodyDetectionFeature>() is { CanHaveBody: true };
        if (hasBody && !(context.HttpContext.Request.GetTypedHeaders().ContentType is { } contentType && IsUtf8(contentType.Charset)))
        {
            context.Result = new UnsupportedMediaTypeResult();
        }
    }

    public void OnResourceExecuted(ResourceExecutedContext context)
    {
    }

    private static bool IsUtf8(StringSegment charset) =>
        !charset.HasValue || HeaderUtilities.RemoveQuotes(charset).Equals(Encoding.UTF8.WebName, StringComparison.OrdinalIgnoreCase);
}
