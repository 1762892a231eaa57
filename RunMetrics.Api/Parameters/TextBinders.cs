using System.Globalization;
using Microsoft.AspNetCore.Mvc.ModelBinding;
using RunMetrics.Domain.Facts;

namespace RunMetrics.Api.Parameters;

/// <summary>Binds numbers, instants and names of the vocabulary in a query string by the same rules as in JSON.</summary>
internal sealed class TextBinders : IModelBinderProvider
{
    private delegate bool TryParse<T>(string text, out T value);

    public IModelBinder? GetBinder(ModelBinderProviderContext context)
    {
        var type = context.Metadata.UnderlyingOrModelType;
        return type == typeof(DateTimeOffset) ? new Binder<DateTimeOffset>(Instants.TryParse, Instants.Accepted)
            : type == typeof(RunStatus) ? new Binder<RunStatus>(EnumNames.Of<RunStatus>().TryParse, EnumNames.Of<RunStatus>().Accepted)
            : type == typeof(int) ? new Binder<int>(TryParseWholeNumber, "a whole number")
            : null;
    }

    /// <summary>Digits alone: the framework takes signs, blanks and hexadecimal digits too.</summary>
    private static bool TryParseWholeNumber(string text, out int number) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number) && !text.EndsWith('\0');

    private sealed class Binder<T>(TryParse<T> tryParse, string accepted) : IModelBinder
    {
        public Task BindModelAsync(ModelBindingContext bindingContext)
        {
            if (bindingContext.ValueProvider.GetValue(bindingContext.ModelName) is { Length: > 0, FirstValue: { } text } given)
            {
                bindingContext.ModelState.SetModelValue(bindingContext.ModelName, given);
                if (tryParse(text, out var value))
                {
                    bindingContext.Result = ModelBindingResult.Success(value);
                }
                else
                {
                    bindingContext.ModelState.TryAddModelError(
                        bindingContext.ModelName, $"{bindingContext.ModelName} is '{text}'; accepted: {accepted}.");
                }
            }

            return Task.CompletedTask;
        }
    }
}
