using RunMetrics.Domain.Facts;

namespace RunMetrics;

/// <summary>What is wrong with a fact, in the words of the one who called the recorder: its parameters instead of fields of JSON.</summary>
internal static class CallerMistake
{
    private static readonly Dictionary<string, string> Parameters = new(StringComparer.Ordinal)
    {
        ["run_id"] = "runId",
        ["project_id"] = "projectId",
        ["work_order_id"] = "workOrderId",
        ["started_at"] = "startedAt",
    };

    public static ArgumentException Of(Fact fact, FactRejection rejection)
    {
        var messages = rejection.Errors.Select(error =>
            ParameterOf(fact, error.Field) is var parameter && parameter != error.Field ? $"{parameter}{error.Message[error.Field.Length..]}" : error.Message);

        // The end of a phase is the time of the call: if that is wrong, the start is too long ago.
        var first = rejection.Errors[0].Field;
        return new ArgumentException(string.Join(' ', messages), first == "ended_at" ? "startedAt" : ParameterOf(fact, first));
    }

    private static string ParameterOf(Fact fact, string field) =>
        fact is RunFact && field == "id" ? "runId" : Parameters.GetValueOrDefault(field, field);
}
