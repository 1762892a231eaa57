using System.Net;
using System.Text.Json;
using System.Text.Json.Serialization;
using RunMetrics.Domain.Facts;
using RunMetrics.Domain.Runs;

namespace RunMetrics.Client;

/// <summary>An answer of the server, read to its end.</summary>
internal sealed record HttpAnswer(HttpStatusCode Status, string? MediaType, byte[] Body)
{
    private const string ProblemMediaType = "application/problem+json";

    private static readonly JsonSerializerOptions Json = new(RunMetricsJson.CreateOptions())
    {
        // A later API may say more than this client knows.
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Skip,
        RespectNullableAnnotations = true,
        RespectRequiredConstructorParameters = true,
    };

    /// <summary>The body as what it should be.</summary>
    /// <exception cref="JsonException">It is something else.</exception>
    public T Read<T>() => JsonSerializer.Deserialize<T>(Body, Json) ?? throw new JsonException("The body is null.");

    /// <summary>The problem that the answer tells; null when the body is no problem of this API.</summary>
    public ProblemAnswer? ReadProblem()
    {
        if (MediaType != ProblemMediaType)
        {
            return null;
        }

        try
        {
            return Read<ProblemAnswer>();
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>True when the answer is about a run that nobody recorded, and not about an address that nobody knows.</summary>
    public bool IsUnknownRun() => IsUnknown(FactRejectionReason.UnknownRun);

    /// <summary>True when the answer is about a project of which nothing is recorded, and not about an address that nobody knows.</summary>
    public bool IsUnknownProject() => IsUnknown(FactRejectionReason.UnknownProject);

    private bool IsUnknown(FactRejectionReason reason) => Status == HttpStatusCode.NotFound && ReadProblem()?.Reason == reason;
}

/// <summary>Problem details (RFC 9457) as the API writes them.</summary>
internal sealed record ProblemAnswer(
    string? Title = null,
    string? Detail = null,
    FactRejectionReason? Reason = null,
    IReadOnlyDictionary<string, IReadOnlyList<string>>? Errors = null)
{
    /// <summary>Why a fact was refused; null when the problem is not about a fact.</summary>
    public FactRejection? ToRejection() => Reason is { } reason && Errors is { Count: > 0 } ? Refusal.Of(reason, Errors) : null;
}

/// <summary>A page of a list.</summary>
internal sealed record ListAnswer<T>(IReadOnlyList<T> Items, string? NextCursor);

/// <summary>What the API says became of the lines of an import.</summary>
/// <param name="Accepted">How many lines were stored.</param>
/// <param name="Unchanged">How many lines added nothing.</param>
/// <param name="Rejected">How many lines were refused, also beyond those listed.</param>
/// <param name="Errors">The first refused lines, in their order.</param>
internal sealed record ImportAnswer(long Accepted, long Unchanged, long Rejected, IReadOnlyList<ImportAnswer.RefusedLine> Errors)
{
    /// <summary>
    /// What became of the lines, as far as the answer tells: of all, or of those up to the last refusal that is listed when not all of them are.
    /// </summary>
    /// <param name="lines">How many lines were sent.</param>
    /// <exception cref="JsonException">The answer is not about these lines.</exception>
    public IReadOnlyList<FactResult> ToResults(int lines)
    {
        var numbers = Errors.Select(error => error.Line).ToHashSet();
        var isAboutThem = Accepted + Unchanged + Rejected == lines
            && numbers.Count == Errors.Count
            && numbers.All(number => number >= 1 && number <= lines)
            && (Errors.Count == Rejected || (Errors.Count > 0 && Errors.Count < Rejected));
        if (!isAboutThem)
        {
            throw new JsonException($"It tells of {Accepted + Unchanged + Rejected} lines and lists {Errors.Count} of {Rejected} refusals; {lines} lines were sent.");
        }

        var results = new FactResult[Errors.Count == Rejected ? lines : (int)numbers.Max()];
        Array.Fill(results, Accepted == 0 ? FactResult.Unchanged : FactResult.Stored);
        foreach (var error in Errors)
        {
            results[(int)error.Line - 1] = FactResult.Rejected(
                error.Errors.Count > 0
                    ? Refusal.Of(error.Reason, error.Errors)
                    : new FactRejection(error.Reason, [new FactError("line", error.Message)]));
        }

        return results;
    }

    /// <summary>A line that was refused, by its number from 1.</summary>
    internal sealed record RefusedLine(
        long Line, FactRejectionReason Reason, string Message, IReadOnlyDictionary<string, IReadOnlyList<string>> Errors);
}

/// <summary>Makes a refusal from its members.</summary>
file static class Refusal
{
    public static FactRejection Of(FactRejectionReason reason, IReadOnlyDictionary<string, IReadOnlyList<string>> errors) =>
        new(reason, [.. errors.SelectMany(field => field.Value.Select(message => new FactError(field.Key, message)))]);
}
