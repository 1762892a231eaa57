using System.ComponentModel.DataAnnotations;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.Abstractions;
using Microsoft.AspNetCore.Mvc.Controllers;
using Microsoft.AspNetCore.Mvc.ModelBinding;

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
