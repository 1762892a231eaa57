using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using RunMetrics.Data.PostgreSql;
using RunMetrics.Domain.Facts;
using RunMetrics.Domain.Storage;

namespace RunMetrics.Tests.Support.ChildCommands;

/// <summary>
/// Writes the same runs and phases as every other writer, where each says something else about how they came out: the duration is the number of
/// the writer. Says of each fact what became of it.
/// </summary>
internal static class WriteCommand
{
    public const int Runs = 5;
    public const int PhasesOfARun = 8;

    public static async Task RunAsync(string database, int writer, string gate)
    {
        await using var services = TestDatabase.Compose(DatabaseChoice.Named(database, "test"), new FakeTimeProvider(TestDatabase.Now));
        var service = services.GetRequiredService<RunMetricsService>();
        await Gate.PassAsync(gate);
        foreach (var fact in Facts(writer))
        {
            var results = await service.ImportAsync([SampleFacts.Read(fact)], CancellationToken.None);
            await Console.Out.WriteLineAsync($"{fact.Id} {results.Single().Disposition}");
        }
    }

    private static IEnumerable<Fact> Facts(int writer)
    {
        for (var run = 0; run < Runs; run++)
        {
            var runId = $"run-{run}";
            yield return SampleFacts.Run(runId);
            for (var phase = 0; phase < PhasesOfARun; phase++)
            {
                yield return SampleFacts.ClosedPhase($"{runId}-{phase}", runId) with { Iteration = phase + 1, DurationSeconds = writer };
            }

            yield return SampleFacts.EndedRun(runId) with { EndedAt = SampleFacts.Start.AddSeconds(writer) };
        }
    }
}
