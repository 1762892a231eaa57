using System.IO.Pipelines;
using RunMetrics.Domain.Facts;
using RunMetrics.Domain.Runs;

namespace RunMetrics.Runner.Recording;

/// <summary>Facts as lines, which another RunMetrics imports as they are.</summary>
internal static class FactLines
{
    /// <summary>Writes what is recorded of a run, the run first.</summary>
    public static Task WriteAsync(Stream output, RunHistory history, CancellationToken cancellationToken) => WriteAsync(
        output, history.PhaseMetrics.Select(metric => metric.ToFact()).Prepend<Fact>(history.Run.ToFact()).ToAsyncEnumerable(), cancellationToken);

    /// <summary>Writes facts while they are read.</summary>
    public static async Task WriteAsync(Stream output, IAsyncEnumerable<Fact> facts, CancellationToken cancellationToken)
    {
        var lines = PipeWriter.Create(output, new StreamPipeWriterOptions(leaveOpen: true));
        await FactWriter.WriteLinesAsync(facts, lines, cancellationToken);
        await lines.CompleteAsync();
    }
}
