using System.Net;
using System.Text;

namespace RunMetrics.Tests.Support;

/// <summary>An answer of the API as it came over the wire.</summary>
/// <param name="Status">The status.</param>
/// <param name="MediaType">The media type without parameters; null without a body.</param>
/// <param name="Body">The body as text.</param>
public sealed record ApiAnswer(HttpStatusCode Status, string? MediaType, string Body)
{
    public const string Json = "application/json";
    public const string Ndjson = "application/x-ndjson";

    public static Task<ApiAnswer> GetAsync(HttpClient client, string path) => SendAsync(client, HttpMethod.Get, path);

    public static Task<ApiAnswer> DeleteAsync(HttpClient client, string path) => SendAsync(client, HttpMethod.Delete, path);

    public static Task<ApiAnswer> PutAsync(HttpClient client, string path, string json) => SendAsync(client, HttpMethod.Put, path, json);

    public static Task<ApiAnswer> PostAsync(HttpClient client, string path, string json) => SendAsync(client, HttpMethod.Post, path, json);

    public static Task<ApiAnswer> ImportAsync(HttpClient client, params string[] lines) =>
        ImportAsync(client, Encoding.UTF8.GetBytes(string.Concat(lines.Select(line => line + "\n"))));

    public static Task<ApiAnswer> ImportAsync(HttpClient client, byte[] body) =>
        SendAsync(client, HttpMethod.Post, "run-metrics/import", new ByteArrayContent(body) { Headers = { { "Content-Type", Ndjson } } });

    public static Task<ApiAnswer> SendAsync(HttpClient client, HttpMethod method, string path, string json) =>
        SendAsync(client, method, path, new ByteArrayContent(Encoding.UTF8.GetBytes(json)) { Headers = { { "Content-Type", Json } } });

    public static async Task<ApiAnswer> SendAsync(
        HttpClient client, HttpMethod method, string path, HttpContent? content = null, string? accept = null)
    {
        using var request = new HttpRequestMessage(method, AsWritten(client, path)) { Content = content };
        if (accept is not null)
        {
            request.Headers.TryAddWithoutValidation("Accept", accept);
        }

        using var response = await client.SendAsync(request);
        return new ApiAnswer(response.StatusCode, response.Content.Headers.ContentType?.MediaType, await response.Content.ReadAsStringAsync());
    }

    /// <summary>The address with no dot or escape tidied up before the server sees it.</summary>
    private static Uri AsWritten(HttpClient client, string path)
    {
        var options = new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true };
        return new Uri($"{client.BaseAddress!.GetLeftPart(UriPartial.Authority)}/{path}", options);
    }
}
