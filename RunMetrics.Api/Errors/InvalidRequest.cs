using System.ComponentModel.DataAnnotations;
using System.Text;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.Abstractions;
using Microsoft.AspNetCore.Mvc.Controllers;
using Microsoft.AspNetCore.Mvc.Filters;
using Microsoft.AspNetCore.Mvc.ModelBinding;
using Microsoft.Extensions.Primitives;
using Microsoft.Net.Http.Headers;

namespace RunMetrics.Api.Errors;

/// <summary>What MVC could not bind, said by field, value and what would be accepted.</summary>
internal static class InvalidRequest
{
    private const string BodyField = "body";

    public static IActionResult ToResult(ActionContext context)
    {
        var errors = context.ModelState
            .Where(entry => entry.Value is { ValidationState: ModelValidationState.Invalid })
            .GroupBy(entry => FieldOf(context, entry.Key), StringComparer.Ordinal)
            .ToDictionary(
                field => field.Key,
                IReadOnlyList<string> (field) => [.. field.SelectMany(entry => MessagesOf(context, entry.Key, entry.Value!)).Distinct(StringComparer.Ordinal)],
                StringComparer.Ordinal);

        var detail = string.Join(' ', errors.SelectMany(field => field.Value));
        return context.HttpContext.ToProblemResult(StatusCodes.Status400BadRequest, detail, errors);
    }

    /// <summary>The query parameter, or the body where MVC gives a JSON path or nothing at all.</summary>
    private static string FieldOf(ActionContext context, string key) =>
        FindQueryParameter(context.ActionDescriptor, key) is null ? BodyField : key;

    private static IEnumerable<string> MessagesOf(ActionContext context, string key, ModelStateEntry entry)
    {
        var range = FindQueryParameter(context.ActionDescriptor, key)?.ParameterInfo
            .GetCustomAttributes(typeof(RangeAttribute), inherit: false).OfType<RangeAttribute>().FirstOrDefault();
        return range is null
            ? entry.Errors.Select(error => error.ErrorMessage)
            : [$"{key} is '{entry.AttemptedValue}'; accepted: a whole number from {range.Minimum} to {range.Maximum}."];
    }

    private static ControllerParameterDescriptor? FindQueryParameter(ActionDescriptor action, string name) =>
        action.Parameters.OfType<ControllerParameterDescriptor>().FirstOrDefault(parameter =>
            parameter.BindingInfo?.BindingSource == BindingSource.Query
            && string.Equals(parameter.BindingInfo.BinderModelName ?? parameter.Name, name, StringComparison.Ordinal));
}

/// <summary>Refuses query parameters that a call does not have or that are given twice: a misspelt filter must not widen an answer.</summary>
internal sealed class UnknownQueryParameterFilter : IResourceFilter
{
    public void OnResourceExecuting(ResourceExecutingContext context)
    {
        var known = context.ActionDescriptor.Parameters
            .Where(parameter => parameter.BindingInfo?.BindingSource == BindingSource.Query)
            .Select(parameter => parameter.BindingInfo?.BinderModelName ?? parameter.Name)
            .ToList();
        var accepted = known.Count == 0 ? "no query parameter" : $"the query parameters {string.Join(", ", known)}, each once";
        var errors = context.HttpContext.Request.Query
            .Where(parameter => !known.Contains(parameter.Key, StringComparer.Ordinal) || parameter.Value.Count > 1)
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
