using System.Text.Json;
using Shouldly;

namespace RunMetrics.Tests.Support;

/// <summary>Problem details, read and held to what every one of them promises.</summary>
/// <param name="Status">The status in the body.</param>
/// <param name="Detail">What is wrong; null when the status says it all.</param>
/// <param name="Errors">What is wrong by field; empty when no field is to blame.</param>
public sealed record Problem(int Status, string? Detail, IReadOnlyDictionary<string, IReadOnlyList<string>> Errors)
{
    private static readonly string[] NamesOfCode = ["System.", "RunMetrics.", "Microsoft.", "Nullable", "Exception", "JsonElement", "   at "];

    public static Problem Read(ApiAnswer answer)
    {
        answer.MediaType.ShouldBe("application/problem+json", answer.Body);
        using var document = JsonDocument.Parse(answer.Body);
        var root = document.RootElement;
        root.GetProperty("status").GetInt32().ShouldBe((int)answer.Status);
        root.GetProperty("title").GetString().ShouldNotBeNullOrWhiteSpace();
        root.GetProperty("trace_id").GetString().ShouldNotBeNullOrWhiteSpace();
        root.TryGetProperty("traceId", out _).ShouldBeFalse();
        foreach (var name in NamesOfCode)
        {
            answer.Body.ShouldNotContain(name, Case.Sensitive);
        }

        var errors = root.TryGetProperty("errors", out var fields)
            ? fields.EnumerateObject().ToDictionary(
                field => field.Name,
                field => (IReadOnlyList<string>)[.. field.Value.EnumerateArray().Select(message => message.GetString()!)],
                StringComparer.Ordinal)
            : [];
        var detail = root.TryGetProperty("detail", out var text) ? text.GetString() : null;
        return new Problem((int)answer.Status, detail, errors);
    }
}
