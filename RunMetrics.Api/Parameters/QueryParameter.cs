using System.ComponentModel.DataAnnotations;
using Microsoft.AspNetCore.Mvc.Abstractions;
using Microsoft.AspNetCore.Mvc.ModelBinding;

namespace RunMetrics.Api.Parameters;

/// <summary>A query parameter of an action.</summary>
/// <param name="Name">Its name in the address.</param>
/// <param name="IsList">True when it may be repeated.</param>
/// <param name="Range">The whole numbers that are accepted; null where it is no number.</param>
internal sealed record QueryParameter(string Name, bool IsList, RangeAttribute? Range)
{
    /// <summary>The query parameters of an action: the members of the class that holds them.</summary>
    public static IEnumerable<QueryParameter> Of(ActionDescriptor action, IModelMetadataProvider metadata) => action.Parameters
        .Where(parameter => parameter.BindingInfo?.BindingSource == BindingSource.Query)
        .SelectMany(parameter => metadata.GetMetadataForType(parameter.ParameterType).Properties)
        .Select(member => new QueryParameter(
            member.BinderModelName ?? member.Name!, member.IsCollectionType, member.ValidatorMetadata.OfType<RangeAttribute>().FirstOrDefault()));
}
