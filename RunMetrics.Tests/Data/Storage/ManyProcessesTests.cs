using System.Globalization;
using NUnit.Framework;
using RunMetrics.Domain.Storage;
using RunMetrics.Tests.Support;
using RunMetrics.Tests.Support.ChildCommands;
using Shouldly;

namespace RunMetrics.Tests.Data.Storage;

[OnBothDatabases]
public sealed class ManyProcessesTests(DatabaseKind kind)
{
    [Test]
    public async Task WriteAsync_four_processes_that_contradict_each_other_store_each_fact_once_as_one_of_them_said()
    {
        await using var database = await TestDatabase.CreateAsync(kind);
        using var folder = new TemporaryFolder();
        var gate = folder.File("gate");
        var writers = Enumerable.Range(1, 4)
            .Select(writer => ChildCommand.Start("write", database.Target, writer.ToString(CultureInfo.InvariantCulture), gate))
            .ToList();

        await Gate.OpenAsync(gate, writers);
        var said = new List<(int Writer, string Id, string Disposition)>();
        foreach (var (index, writer) in writers.Index())
        {
            (await writer.WaitForExitAsync()).ShouldBe(0, writer.Errors);
            said.AddRange(writer.Output.Split('\n').Skip(1).Select(line => line.Split(' ')).Select(words => (index + 1, words[0], words[1])));
            writer.Dispose();
        }

        said.Count.ShouldBe(4 * WriteCommand.Runs * (WriteCommand.PhasesOfARun + 2));
        for (var number = 0; number < WriteCommand.Runs; number++)
        {
            var runId = $"run-{number}";
            var ofRun = said.Where(line => line.Id == runId).ToList();
            ofRun.Count(line => line.Disposition == "Created").ShouldBe(1);
            var ender = ofRun.Where(line => line.Disposition == "Updated").ShouldHaveSingleItem().Writer;
            ofRun.Count(line => line.Disposition == "Rejected").ShouldBe(3);
            var run = (await database.Queries.FindRunAsync(runId, ProjectAccess.All, CancellationToken.None)).ShouldNotBeNull();
            run.Status.ShouldBe(RunStatus.Succeeded);
            run.EndedAt.ShouldBe(SampleFacts.Start.AddSeconds(ender));
            run.Iteration.ShouldBe(WriteCommand.PhasesOfARun);

            var metrics = (await database.Queries.ListPhaseMetricsAsync(runId, ProjectAccess.All, CancellationToken.None)).ShouldNotBeNull();
            metrics.Count.ShouldBe(WriteCommand.PhasesOfARun);
            foreach (var metric in metrics)
            {
                var ofMetric = said.Where(line => line.Id == metric.Id).ToList();
                ofMetric.Where(line => line.Disposition == "Created").ShouldHaveSingleItem().Writer.ShouldBe(metric.DurationSeconds!.Value);
                ofMetric.Count(line => line.Disposition == "Rejected").ShouldBe(3);
            }
        }
    }
}
