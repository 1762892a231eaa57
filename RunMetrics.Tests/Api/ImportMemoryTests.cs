using System.Globalization;
using System.Net;
using NUnit.Framework;
using RunMetrics.Tests.Support;
using Shouldly;

namespace RunMetrics.Tests.Api;

[Parallelizable(ParallelScope.Self)]
public sealed class ImportMemoryTests : ApiFixture
{
    private const long MiB = 1024 * 1024;

    // About 105 MiB are the runtime's and EF Core's own, and 55 MiB a batch's. Of the two bodies one would break the bound if its bytes were
    // kept, the other if its facts were.
    private const long MostPeakBytes = 220 * MiB;

    [TestCase(256 * MiB, 64 * 1024)]
    [TestCase(20 * MiB, 0)]
    public async Task Import_of_a_large_body_takes_memory_that_does_not_grow_with_it(long bodyBytes, int lineWidth)
    {
        if (!OperatingSystem.IsLinux())
        {
            Assert.Ignore("The peak of a process's memory is read from /proc, which only Linux has.");
        }

        using var content = new FactLineContent(NewId(), bodyBytes, lineWidth);

        var answer = await ApiAnswer.SendAsync(Client, HttpMethod.Post, "run-metrics/import", content);

        answer.Status.ShouldBe(HttpStatusCode.OK, answer.Body);
        answer.Body.ShouldBe($$"""{"accepted":{{content.Lines}},"unchanged":0,"rejected":0,"errors":[]}""");
        var peak = await PeakBytesAsync();
        await TestContext.Out.WriteLineAsync($"Peak: {peak / MiB} MiB");
        peak.ShouldBeLessThan(MostPeakBytes);
    }

    private async Task<long> PeakBytesAsync()
    {
        var status = await File.ReadAllLinesAsync(string.Create(CultureInfo.InvariantCulture, $"/proc/{Api.Id}/status"));
        var peak = status.Single(line => line.StartsWith("VmHWM:", StringComparison.Ordinal));
        return long.Parse(peak.Split(' ', StringSplitOptions.RemoveEmptyEntries)[^2], CultureInfo.InvariantCulture) * 1024;
    }
}
