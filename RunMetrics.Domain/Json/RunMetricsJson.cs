using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using RunMetrics.Domain.Vocabulary;

namespace RunMetrics.Domain.Json;

/// <summary>JSON as the contract has it: snake_case names and terms, canonical instants, nothing lenient.</summary>
public static class RunMetricsJson
{
    // Metadata that a foreign program stored may nest as deeply as SQLite allows.
    private const int MaxDepth = 1100;

    /// <summary>Applies the conventions.</summary>
    public static void Configure(JsonSerializerOptions options)
    {
        options.PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower;
        options.PropertyNameCaseInsensitive = false;
        options.NumberHandling = JsonNumberHandling.Strict;
        options.UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow;
        options.Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping;
        options.MaxDepth = MaxDepth;
        options.Converters.Add(new InstantJsonConverter());
        options.Converters.Add(new TermsJsonConverter<RunPhase>(Terms.Phases));
        options.Converters.Add(new TermsJsonConverter<PhaseOutcome>(Terms.Outcomes));
        options.Converters.Add(new TermsJsonConverter<RunStatus>(Terms.Statuses));
    }
}
