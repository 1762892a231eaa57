using System.Text.Json;
using System.Text.RegularExpressions;
using RunMetrics.Domain.Facts;

namespace RunMetrics.Client;

/// <summary>Problem details (RFC 9457) as the API writes them.</summary>
internal sealed partial record ProblemAnswer(string? Title, string? Detail, IReadOnlyDictionary<string, IReadOnlyList<string>>? Errors)
{
    public const string MediaType = "application/problem+json";

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web);

    /// <summary>Null when the body is no problem of this API.</summary>
    public static ProblemAnswer? Read(HttpAnswer answer)
    {
        if (answer.MediaType != MediaType)
        {
            return null;
        }

        try
        {
            return JsonSerializer.Deserialize<ProblemAnswer>(answer.Body, Json);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>What is wrong with a fact, field by field; empty when the problem is not about a fact.</summary>
    public IReadOnlyList<FactError> ToFactErrors() =>
        Errors is null ? [] : [.. Errors.SelectMany(field => field.Value.Select(message => ToFactError(field.Key, message)))];

    /// <summary>Takes a sentence of <see cref="FactError.Message"/> apart again.</summary>
    public static FactError ToFactError(string field, string message)
    {
        var sentence = Sentence().Match(message);
        return sentence.Success && sentence.Groups["field"].Value == field
            ? new FactError(field, sentence.Groups["value"].Success ? sentence.Groups["value"].Value : null, sentence.Groups["accepted"].Value)
            : new FactError(field, "as sent", message);
    }

    [GeneratedRegex(
        @"^(?<field>.+?) is (missing|'(?<value>.*)'); accepted: (?<accepted>.*)\.\z",
        RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture | RegexOptions.Singleline,
        matchTimeoutMilliseconds: 1000)]
    private static partial Regex Sentence();
}
