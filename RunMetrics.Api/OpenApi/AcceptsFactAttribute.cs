using RunMetrics.Domain.Facts;

namespace RunMetrics.Api.OpenApi;

/// <summary>Names the fact that the JSON body of an action is.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class AcceptsFactAttribute<TFact> : Attribute, IAcceptsFact
    where TFact : Fact
{
    public Type FactType => typeof(TFact);
}
