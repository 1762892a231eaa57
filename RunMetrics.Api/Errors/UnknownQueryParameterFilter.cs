using Microsoft.AspNetCore.Mvc.Filters;
using Microsoft.AspNetCore.Mvc.ModelBinding;

namespace RunMetrics.Api.Errors;

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
