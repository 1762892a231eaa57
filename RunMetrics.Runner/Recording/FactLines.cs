using System.IO.Pipelines;
using RunMetrics.Domain.Facts;
using RunMetrics.Domain.Runs;

namespace RunMetrics.Runner.Recording;

/// <summary>What is recorded of a run as lines of facts, the run first, which another RunMetrics imports as they are.</summary>
internal static class FactLines
{
    /// <summary>Writes the lines.</summary>
    public static async Task WriteAsync(Stream output, RunHistory history, CancellationToken cancellationToken)
    {
        var facts = history.PhaseMetrics.Select(metric => metric.ToFact()).Prepend<Fact>(history.Run.ToFact());
        var lines = PipeWriter.Create(output, new StreamPipeWriterOptions(leaveOpen: true));
        await FactWriter.WriteLinesAsync(facts.ToAsyncEnumerable(), lines, cancellationToken);
        await lines.CompleteAsync();
    }
}
