using System.ComponentModel.DataAnnotations;
using System.Text.Json.Serialization;

namespace RunMetrics.Domain.Facts;

/// <summary>
/// Something that is so: this run exists, or this phase of it ran. A fact carries its own id, so that stating it twice is the same as stating
/// it once. Phase, outcome and status are text here; they become values when a validated fact becomes an entity. What is left null is not said
/// by this fact and contradicts nothing.
/// </summary>
public abstract record Fact
{
    private protected Fact()
    {
    }

    /// <summary>
    /// The id of the run or of the phase metric. Where the address gives it, it may be left out; a phase metric without one gets one made of its
    /// run, phase, iteration and start.
    /// </summary>
    [JsonPropertyOrder(-1), RegularExpression(Identifiers.Pattern), MaxLength(Identifiers.MaxLength)]
    public string? Id { get; init; }
}
