using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using RunMetrics.Data;
using RunMetrics.Data.Startup;

#pragma warning disable MA0002 // A reader of the pages need not care how names of labels compare.

namespace RunMetrics.Tests.Docs;

/// <summary>The C# of README.md and docs/recording.md, so that it compiles. <see cref="RecordingSnippetsTests"/> holds them together.</summary>
internal static class RecordingSnippets
{
    public static async Task WholeRunAsync()
    {
        using var database = await RunMetricsSqlite.OpenAsync(DatabaseLocation.Resolve(null));
        await using var recorder = new RunMetricsRecorder(database.Store);

        await using var run = await recorder.StartRunAsync("acme/shop", "wo-7");
        await using (var phase = await run.BeginPhaseAsync(RunPhase.Builder, iteration: 1))
        {
            var files = await BuildAsync();
            await phase.CompleteAsync(PhaseOutcome.Success, new { files_changed = files });
        }

        await run.CompleteAsync(RunStatus.Succeeded);
    }

    public static async Task WithoutAHostAsync(ILogger<RunMetricsRecorder> logger)
    {
        using var database = await RunMetricsSqlite.OpenAsync(DatabaseLocation.ForFile("runs.db"));
        await using var recorder = new RunMetricsRecorder(
            database.Store,
            logger: logger,
            options: new RunMetricsRecorderOptions { StoreTimeout = TimeSpan.FromMilliseconds(500) });
    }

    public static async Task WithAHostAsync(string[] args)
    {
        var builder = Host.CreateApplicationBuilder(args);
        builder.Services
            .AddRunMetricsSqlite(DatabaseLocation.Resolve(builder.Configuration.GetConnectionString(DatabaseLocation.ConnectionName)))
            .AddSingleton(new RunMetricsRecorderOptions { StoreTimeout = TimeSpan.FromMilliseconds(500) });

        using var host = builder.Build();
        await host.Services.GetRequiredService<RunMetricsDatabase>().PrepareAsync(CancellationToken.None);
        var recorder = host.Services.GetRequiredService<RunMetricsRecorder>();
        await RunAsync(recorder);
    }

    public static async Task RunAsync(RunMetricsRecorder recorder)
    {
        await using var run = await recorder.StartRunAsync(
            projectId: "acme/shop",
            workOrderId: "wo-7",
            runId: "wo-7.attempt-1",
            labels: new Dictionary<string, string> { ["agent"] = "coder", ["model"] = "opus" });

        // work, phase by phase

        await run.CompleteAsync(RunStatus.Succeeded);
    }

    public static async Task PhaseAsync(RunRecording run)
    {
        await using (var phase = await run.BeginPhaseAsync(RunPhase.Reviewer, iteration: 2))
        {
            var findings = await ReviewAsync();
            var outcome = findings.Count == 0 ? PhaseOutcome.Approved : PhaseOutcome.ChangesRequested;
            await phase.CompleteAsync(outcome, new { findings = findings.Count });
        }
    }

    public static async Task FinishedPhaseAsync(RunMetricsRecorder recorder, RunRecording run, DateTimeOffset startedAt)
    {
        await recorder.RecordPhaseAsync(
            run.Id, RunPhase.Test, iteration: 1, PhaseOutcome.Failed, startedAt, new { tests = 120, failed = 3 });
    }

    public static async Task ResumeAsync(RunMetricsRecorder recorder)
    {
        await using var run = await recorder.ResumeRunAsync("wo-7.attempt-1", "acme/shop", "wo-7");
        await run.CompleteAsync(RunStatus.Succeeded);
    }

    private static Task<int> BuildAsync() => Task.FromResult(3);

    private static Task<IReadOnlyList<string>> ReviewAsync() => Task.FromResult<IReadOnlyList<string>>([]);
}
