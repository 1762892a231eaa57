using System.Net;
using System.Net.Sockets;
using NUnit.Framework;
using RunMetrics.Runner.Exit;
using RunMetrics.Tests.Runner.Support;
using RunMetrics.Tests.Support;
using Shouldly;

namespace RunMetrics.Tests.Runner.Telemetry;

/// <summary>What the real program tells a collector of a run and its commands of the trace, and that it does neither without one.</summary>
[Parallelizable(ParallelScope.All)]
public sealed class RunTelemetryTests
{
    private const string TraceId = "4bf92f3577b34da6a3ce929d0e0e4736";
    private const string CallerSpanId = "00f067aa0ba902b7";
    private const string CallersTrace = $"00-{TraceId}-{CallerSpanId}-01";

    [Test]
    public async Task Run_with_a_collector_is_one_trace_of_its_caller_in_which_commands_take_part()
    {
        await using var receiver = await OtlpReceiver.StartAsync();
        using var sandbox = await RunnerSandbox.CreateAsync();
        sandbox.Set(receiver.Environment);
        sandbox.Set("TRACEPARENT", CallersTrace);
        sandbox.Set("TRACESTATE", "vendor=1");

        var run = await sandbox.RunAsync($"{TellTrace(sandbox)}; echo more >> app.txt", TellTrace(sandbox), TellTrace(sandbox));

        run.ExitCode.ShouldBe(ExitCodes.Done, run.Errors);
        var runSpan = receiver.Spans.Single(span => span.Name == "RUN repo");
        runSpan.TraceId.ShouldBe(TraceId);
        runSpan.ParentSpanId.ShouldBe(CallerSpanId);
        runSpan.Attributes.ShouldContain($"cicd.pipeline.run.id={run.RunId}");
        runSpan.Resource.ShouldContain("service.name=runmetrics service.version=");
        var phases = receiver.Spans.Where(span => span != runSpan).ToList();
        phases.Select(span => span.Name).ShouldBe(["setup", "builder", "test", "reviewer", "merge"]);
        phases.ShouldAllBe(span => span.TraceId == TraceId && span.ParentSpanId == runSpan.SpanId);
        foreach (var phase in phases[..4])
        {
            sandbox.Read($"{phase.Name}.trace").ShouldBe($"00-{TraceId}-{phase.SpanId}-01 vendor=1");
        }

        receiver.Points.Last(point => point is { Metric: "cicd.pipeline.run.duration", Unit: "s" }).Count.ShouldBe(1);
        receiver.Last("runmetrics.commit.duration")!.Count.ShouldBeGreaterThan(0);
    }

    [Test]
    public async Task Resume_with_a_collector_is_a_span_of_the_whole_run_in_the_trace_of_its_own_caller()
    {
        await using var receiver = await OtlpReceiver.StartAsync();
        using var sandbox = await RunnerSandbox.CreateAsync();
        sandbox.Set(receiver.Environment);
        var lost = sandbox.StartRun(sandbox.Hold("builder"));
        await sandbox.WaitForFileAsync("builder.started");
        await Eventually.TrueAsync(() => receiver.Spans.Any(span => span.Name == "setup"));
        await lost.KillAsync();
        sandbox.Touch("builder.go");
        sandbox.Set("TRACEPARENT", CallersTrace);

        var resumed = await sandbox.FinishAsync(sandbox.Start("resume", await RunnerSandbox.WaitForRunIdAsync(lost)));

        resumed.ExitCode.ShouldBe(ExitCodes.Done, resumed.Errors);
        var runSpan = receiver.Spans.Single(span => span.Name == "RUN repo");
        $"{runSpan.TraceId} {runSpan.ParentSpanId}".ShouldBe($"{TraceId} {CallerSpanId}");
        receiver.Spans.Where(span => span.ParentSpanId == runSpan.SpanId).Select(span => span.Name).ShouldBe(["builder", "test", "reviewer", "merge"]);
        var setup = receiver.Spans.Single(span => span.Name == "setup");
        setup.TraceId.ShouldNotBe(TraceId, StringComparer.Ordinal);
        setup.Attributes.ShouldContain($"cicd.pipeline.run.id={resumed.RunId}");
    }

    [Test]
    public async Task Run_without_a_collector_loads_nothing_of_OpenTelemetry_and_leaves_the_trace_of_its_caller_to_commands()
    {
        LoadedFiles.Require();
        using var sandbox = await RunnerSandbox.CreateAsync();
        sandbox.Set("TRACEPARENT", CallersTrace);
        var process = sandbox.StartRun($"{TellTrace(sandbox)}; {sandbox.Hold("builder")}");
        await sandbox.WaitForFileAsync("builder.started");

        var loaded = LoadedFiles.Of(process.Id);

        sandbox.Touch("builder.go");
        (await sandbox.FinishAsync(process)).ExitCode.ShouldBe(ExitCodes.Done);
        loaded.ShouldContain(name => name == "runmetrics.dll");
        loaded.ShouldNotContain(name => name.StartsWith("OpenTelemetry", StringComparison.Ordinal));
        sandbox.Read("builder.trace").ShouldBe($"{CallersTrace} ");
    }

    [Test]
    public async Task Run_that_is_not_sampled_exports_no_span_and_tells_its_commands_so()
    {
        await using var receiver = await OtlpReceiver.StartAsync();
        using var sandbox = await RunnerSandbox.CreateAsync();
        sandbox.Set(receiver.Environment);
        sandbox.Set("OTEL_TRACES_SAMPLER", "always_off");

        var run = await sandbox.RunAsync(TellTrace(sandbox));

        run.ExitCode.ShouldBe(ExitCodes.Done, run.Errors);
        receiver.Spans.ShouldBeEmpty();
        receiver.Last("runmetrics.commit.duration").ShouldNotBeNull();
        sandbox.Read("builder.trace").ShouldMatch("^00-[0-9a-f]{32}-[0-9a-f]{16}-00 $");
    }

    [Test]
    public async Task Run_whose_server_is_away_exports_what_is_spooled_and_the_warning_of_it()
    {
        await using var receiver = await OtlpReceiver.StartAsync();
        await using var nobody = new TcpRelay();
        using var sandbox = await RunnerSandbox.CreateAsync();
        sandbox.Set(receiver.Environment);

        var process = sandbox.Start(
            "run", "--repo", sandbox.Repository, "--server", nobody.Address.ToString(), "--work-order", "wo", "--builder", "true", "--test", "true",
            "--reviewer", "true");
        var exitCode = await process.WaitForExitAsync();

        exitCode.ShouldBe(ExitCodes.Done, process.Errors);
        receiver.Last("runmetrics.spool.spooled").ShouldNotBeNull().ShouldSatisfyAllConditions(
            spooled => spooled.Value.ShouldBeGreaterThan(0), spooled => spooled.Unit.ShouldBe("{fact}"));
        receiver.Last("runmetrics.spool.size").ShouldNotBeNull().ShouldSatisfyAllConditions(
            size => size.Value.ShouldBeGreaterThan(0), size => size.Unit.ShouldBe("By"));
        var warning = receiver.Logs.Single(log => log.Severity == "Warning");
        warning.Body.ShouldStartWith("The store is away");
        process.Errors.ShouldContain(warning.Body);
    }

    [Test]
    public async Task Run_whose_collector_never_answers_comes_out_as_without_one()
    {
        using var silent = new TcpListener(IPAddress.Loopback, 0);
        silent.Start();
        using var sandbox = await RunnerSandbox.CreateAsync();
        sandbox.Set(OtlpReceiver.EnvironmentFor($"http://{silent.LocalEndpoint}"));
        sandbox.Set("OTEL_EXPORTER_OTLP_TIMEOUT", "3600000");

        var run = await sandbox.RunAsync("echo more >> app.txt");

        run.ExitCode.ShouldBe(ExitCodes.Done);
        run.Errors.ShouldBeEmpty();
        run.Phases.ShouldBe(["setup 1 success", "builder 1 success", "test 1 success", "reviewer 1 approved", "merge 1 success"]);
        await sandbox.ShouldBeCleanAsync();
    }

    [Test]
    public async Task Run_with_a_collector_at_no_address_is_refused()
    {
        using var sandbox = await RunnerSandbox.CreateAsync();
        sandbox.Set("OTEL_EXPORTER_OTLP_ENDPOINT", "localhost:4317");

        var process = sandbox.StartRun();
        var exitCode = await process.WaitForExitAsync();

        exitCode.ShouldBe(ExitCodes.BadUsage);
        process.Errors.ShouldBe("OTEL_EXPORTER_OTLP_ENDPOINT is 'localhost:4317'; accepted: http or https, such as http://localhost:4317.");
        File.Exists(sandbox.DatabaseFile).ShouldBeFalse();
    }

    /// <summary>A command that writes what it finds of a trace to a file named after its phase.</summary>
    private static string TellTrace(RunnerSandbox sandbox) =>
        $"printf '%s %s' \"$TRACEPARENT\" \"$TRACESTATE\" > \"{sandbox.File("$RUNMETRICS_PHASE.trace")}\"";
}
