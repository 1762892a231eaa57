using System.ComponentModel.DataAnnotations;
using System.Reflection;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace RunMetrics.Client;

/// <summary>
/// Holds options against the ranges of their properties and against their own rules, the same with a host and without one. A refusal names each
/// option, its value and what is accepted.
/// </summary>
internal sealed class OptionsRules<TOptions> : IValidateOptions<TOptions>
    where TOptions : class, IOptionsWithRules
{
    /// <inheritdoc />
    public ValidateOptionsResult Validate(string? name, TOptions options) =>
        FindFaults(options).ToList() is { Count: > 0 } faults ? ValidateOptionsResult.Fail(faults) : ValidateOptionsResult.Success;

    /// <summary>For a program without a host.</summary>
    /// <exception cref="ArgumentException">An option is missing or out of its range.</exception>
    public static void Require(TOptions options)
    {
        if (string.Join(' ', FindFaults(options)) is { Length: > 0 } faults)
        {
            throw new ArgumentException(faults, nameof(options));
        }
    }

    private static IEnumerable<string> FindFaults(TOptions options) => options.FindFaults().Concat(
        from property in typeof(TOptions).GetProperties()
        let range = property.GetCustomAttribute<RangeAttribute>()
        where range is not null && !range.IsValid(property.GetValue(options))
        select OptionsRules.Fault(
            property.Name,
            property.GetValue(options),
            range.MinimumIsExclusive ? $"above {range.Minimum}, at most {range.Maximum}" : $"{range.Minimum} to {range.Maximum}"));
}

/// <summary>Options with rules that a range of a single property cannot say.</summary>
internal interface IOptionsWithRules
{
    /// <summary>What is wrong, a sentence each.</summary>
    IEnumerable<string> FindFaults();
}

/// <summary>Helps with options and their rules.</summary>
internal static class OptionsRules
{
    /// <summary>What is wrong with an option, in one sentence.</summary>
    public static string Fault(string name, object? value, string accepted) => $"{name} is '{value}'; accepted: {accepted}.";

    /// <summary>Adds options that are refused at the start of a host.</summary>
    public static OptionsBuilder<TOptions> AddOptionsWithRules<TOptions>(this IServiceCollection services)
        where TOptions : class, IOptionsWithRules
    {
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<TOptions>, OptionsRules<TOptions>>());
        return services.AddOptions<TOptions>().ValidateOnStart();
    }
}

/// <summary>A time of at most one hour.</summary>
/// <param name="minimum">The least, such as <c>00:00:00.010</c>.</param>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class TimeRangeAttribute(string minimum) : RangeAttribute(typeof(TimeSpan), minimum, "01:00:00");
