using System.Text.Json;

namespace RunMetrics.Tests.Support;

/// <summary>The phase metrics of runs as an API lists them: the id of each, and its whole JSON text.</summary>
internal static class StoredMetrics
{
    public static async Task<List<(string Id, string Body)>> ReadAsync(HttpClient client, params IEnumerable<string> runs)
    {
        var stored = new List<(string Id, string Body)>();
        foreach (var run in runs)
        {
            using var list = JsonDocument.Parse((await ApiAnswer.GetAsync(client, $"runs/{run}/metrics")).Body);
            stored.AddRange(list.RootElement.EnumerateArray().Select(metric => (metric.GetProperty("id").GetString()!, metric.GetRawText())));
        }

        return stored;
    }
}
