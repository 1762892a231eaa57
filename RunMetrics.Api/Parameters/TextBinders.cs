using Microsoft.AspNetCore.Mvc.ModelBinding;
using RunMetrics.Domain.Facts;
using RunMetrics.Domain.Vocabulary;

namespace RunMetrics.Api.Parameters;

/// <summary>Binds instants and names of the vocabulary in a query string by the same rules as in JSON.</summary>
internal sealed class TextBinders : IModelBinderProvider
{
    private delegate bool TryParse<T>(string text, out T value);

    public IModelBinder? GetBinder(ModelBinderProviderContext context)
    {
        var type = context.Metadata.UnderlyingOrModelType;
        return type == typeof(DateTimeOffset) ? new Binder<DateTimeOffset>(Instants.TryParse, Instants.Accepted)
            : type == typeof(RunStatus) ? new Binder<RunStatus>(EnumNames.Of<RunStatus>().TryParse, EnumNames.Of<RunStatus>().Accepted)
            : null;
    }

    private sealed class Binder<T>(TryParse<T> tryParse, string accepted) : IModelBinder
    {
        public Task BindModelAsync(ModelBindingContext bindingContext)
        {
            if (bindingContext.ValueProvider.GetValue(bindingContext.ModelName) is { Length: > 0, FirstValue: { } text })
            {
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
