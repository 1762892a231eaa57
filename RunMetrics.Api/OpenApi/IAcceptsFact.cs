namespace RunMetrics.Api.OpenApi;

/// <summary>The body of an action is a fact.</summary>
internal interface IAcceptsFact
{
    Type FactType { get; }
}
