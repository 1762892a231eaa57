using System.Globalization;
using System.Net;
using NUnit.Framework;
using RunMetrics.Tests.Data.Startup;
using RunMetrics.Tests.Support;
using Shouldly;

namespace RunMetrics.Tests.Api;

/// <summary>An export of any size, to readers as slow as they are.</summary>
public sealed class ExportMemoryTests
{
    private const int MiB = 1024 * 1024;
    private const int Runs = 100_000;

    private TestDatabase _database = null!;
    private ApiProcess _api = null!;

    [SetUp]
    public async Task StartApiAsync()
    {
        _database = await TestDatabase.CreateAsync();
        FilledDatabase.Fill(_database.FilePath, Runs);
        _api = await ApiProcess.StartAsync(_database.FilePath);
    }

    [TearDown]
    public async Task EndApiAsync()
    {
        _api.Dispose();
        await _database.DisposeAsync();
    }

    [TestCase("application/x-ndjson")]
    [TestCase("text/csv")]
    public async Task Export_of_a_large_history_takes_hardly_more_memory_than_of_a_part(string accept)
    {
        if (!OperatingSystem.IsLinux())
        {
            Assert.Ignore("The peak of a process's memory is read from /proc, which only Linux has.");
        }

        var (_, before) = (await ReadExportAsync(accept, MiB), await PeakBytesAsync());
        var bytes = await ReadExportAsync(accept, long.MaxValue);
        var after = await PeakBytesAsync();

        // Each run and its phase take more than 700 bytes.
        bytes.ShouldBeGreaterThan(Runs * 700L);
        (after - before).ShouldBeLessThan(bytes / 2);
    }

    [Test]
    public async Task Export_whose_reader_stays_lets_the_log_be_emptied_while_others_write()
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "run-metrics/export");
        using var answer = await _api.Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        await using var body = await answer.Content.ReadAsStreamAsync();
        await body.ReadExactlyAsync(new byte[1000]);

        var write = await ApiAnswer.PutAsync(_api.Client, "runs/new", """{"project_id":"acme","work_order_id":"wo-1"}""");

        write.Status.ShouldBe(HttpStatusCode.Created);
        await Eventually.TrueAsync(() => _database.Rows("PRAGMA wal_checkpoint(TRUNCATE)") is ["0|0|0"]);
        (await body.ReadAsync(new byte[1])).ShouldBe(1);
    }

    private async Task<long> ReadExportAsync(string accept, long most)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "run-metrics/export");
        request.Headers.Add("Accept", accept);
        using var answer = await _api.Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        answer.StatusCode.ShouldBe(HttpStatusCode.OK);
        await using var body = await answer.Content.ReadAsStreamAsync();
        var buffer = new byte[65536];
        var bytes = 0L;
        int count;
        while (bytes < most && (count = await body.ReadAsync(buffer)) > 0)
        {
            bytes += count;
        }

        return bytes;
    }

    private async Task<long> PeakBytesAsync()
    {
        var status = await File.ReadAllLinesAsync(string.Create(CultureInfo.InvariantCulture, $"/proc/{_api.Id}/status"));
        var peak = status.Single(line => line.StartsWith("VmHWM:", StringComparison.Ordinal));
        return long.Parse(peak.Split(' ', StringSplitOptions.RemoveEmptyEntries)[^2], CultureInfo.InvariantCulture) * 1024;
    }
}
