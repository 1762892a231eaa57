using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json;
using NUnit.Framework;
using RunMetrics.Tests.Support;
using Shouldly;

namespace RunMetrics.Tests.Api;

[Parallelizable(ParallelScope.All)]
public sealed class CutConnectionTests
{
    private const string Run = "cut";

    [TestCase(true)]
    [TestCase(false)]
    public async Task Import_cut_within_a_line_leaves_whole_facts_only(bool announcesLength)
    {
        using var folder = new TemporaryFolder();
        using var api = await ApiProcess.StartAsync(folder.File("runmetrics.db"));
        var ids = Enumerable.Range(1, 1200).Select(i => string.Create(CultureInfo.InvariantCulture, $"{Run}.{i:0000}")).ToArray();
        var lines = ids.Select(id => FactLines.Metric(Run, id)).Prepend(FactLines.Run(Run)).Select(line => $"{line}\n").ToArray();
        var sent = string.Concat(lines)[..^(lines[^1].Length / 2)];
        using var connection = await RawConnection.OpenAsync(api.Address);
        await connection.WriteAsync(Encoding.ASCII.GetBytes(Request(sent, announcesLength)));

        // Batches that have arrived whole are stored while the body is still open.
        await Eventually.TrueAsync(async () => (await ApiAnswer.GetAsync(api.Client, $"runs/{Run}")).Status == HttpStatusCode.OK);
        connection.Cut();

        // The process ends when no request is left in it, so nothing can be stored later than what is read then.
        var exitCode = await api.StopAsync();
        using var restarted = await ApiProcess.StartAsync(folder.File("runmetrics.db"));
        var list = await ApiAnswer.GetAsync(restarted.Client, $"runs/{Run}/metrics");

        exitCode.ShouldBe(0);
        using var metrics = JsonDocument.Parse(list.Body);
        var stored = metrics.RootElement.GetArrayLength();
        stored.ShouldBeInRange(1, ids.Length - 1);
        list.Body.ShouldBe($"[{string.Join(',', ids.Take(stored).Select(id => FactLines.StoredMetric(Run, id)))}]");
    }

    private static string Request(string body, bool announcesLength) => announcesLength
        ? $"POST /run-metrics/import HTTP/1.1\r\nHost: localhost\r\nContent-Type: {ApiAnswer.Ndjson}\r\nContent-Length: {body.Length + 1000}\r\n\r\n{body}"
        : $"POST /run-metrics/import HTTP/1.1\r\nHost: localhost\r\nContent-Type: {ApiAnswer.Ndjson}\r\nTransfer-Encoding: chunked\r\n\r\n{body.Length:x}\r\n{body}\r\n";
}
