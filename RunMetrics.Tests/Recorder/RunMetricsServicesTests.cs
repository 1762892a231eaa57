using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using NUnit.Framework;
using RunMetrics.Client;
using RunMetrics.Client.Spooling;
using RunMetrics.Data.Databases;
using RunMetrics.Domain.Storage;
using RunMetrics.Tests.Support;
using Shouldly;

namespace RunMetrics.Tests.Recorder;

public sealed class RunMetricsServicesTests
{
    private TemporaryFolder _folder = null!;

    [SetUp]
    public void MakeFolder() => _folder = new TemporaryFolder();

    [TearDown]
    public void DeleteFolder() => _folder.Dispose();

    [Test]
    public async Task AddRunMetrics_database_is_prepared_before_a_service_starts_that_records()
    {
        var builder = MakeBuilder(("ConnectionStrings:RunMetrics", $"Data Source={_folder.File("runs.db")};Pooling=False"));
        builder.Services.AddHostedService<Recording>();
        builder.Services.AddRunMetrics(builder.Configuration);
        using var host = builder.Build();

        await host.StartAsync();
        await host.StopAsync();

        host.Services.GetRequiredService<RunMetricsRecorder>().LastFailure.ShouldBeNull();
        (await host.Services.GetRequiredService<IRunMetricsStore>().FindRunAsync("run-1", ProjectAccess.All, CancellationToken.None)).ShouldNotBeNull();
    }

    [Test]
    public async Task AddRunMetrics_host_that_logs_information_logs_no_statement()
    {
        using var log = new StatementLog();
        var builder = MakeBuilder(("ConnectionStrings:RunMetrics", $"Data Source={_folder.File("runs.db")};Pooling=False"));
        builder.Logging.AddProvider(log).SetMinimumLevel(LogLevel.Information);
        builder.Services.AddRunMetrics(builder.Configuration).AddHostedService<Recording>();
        using var host = builder.Build();

        await host.StartAsync();
        await host.StopAsync();

        log.Statements.All.ShouldNotContain(line => line.StartsWith("Information", StringComparison.Ordinal));
    }

    [Test]
    public async Task AddRunMetrics_database_that_cannot_be_used_stops_the_start()
    {
        await File.WriteAllTextAsync(_folder.File("runs.db"), "This is no database, but a text that is long enough to look at.");
        var builder = MakeBuilder(("ConnectionStrings:RunMetrics", $"Data Source={_folder.File("runs.db")}"));
        builder.Services.AddRunMetrics(builder.Configuration);
        using var host = builder.Build();

        await Should.ThrowAsync<DatabaseRefusedException>(() => host.StartAsync());
    }

    [Test]
    public async Task AddRunMetrics_server_is_recorded_to_through_a_spool_with_its_token()
    {
        var builder = MakeBuilder(("RunMetrics:Server", "https://metrics.example/"), ("RunMetrics:Token", "secret"));
        builder.Services.AddRunMetrics(builder.Configuration).Configure<RunMetricsSpoolOptions>(spool => spool.Folder = _folder.Path);
        using var host = builder.Build();

        var client = host.Services.GetRequiredService<IOptions<RunMetricsClientOptions>>().Value;

        host.Services.GetRequiredService<IRunMetricsStore>().ShouldBeOfType<SpooledRunMetricsStore>();
        client.BaseAddress.ShouldBe(new Uri("https://metrics.example/"));
        (await client.BearerToken.ShouldNotBeNull()(CancellationToken.None)).ShouldBe("secret");
    }

    [Test]
    public void AddRunMetrics_options_are_those_of_the_configuration_and_then_of_the_caller()
    {
        var builder = MakeBuilder(("RunMetrics:StoreTimeout", "00:00:00.500"), ("RunMetrics:MaxWaitingFacts", "10"));
        builder.Services.AddRunMetrics(builder.Configuration, options => options.MaxWaitingFacts++);
        using var host = builder.Build();

        var options = host.Services.GetRequiredService<RunMetricsRecorderOptions>();

        (options.StoreTimeout, options.MaxWaitingFacts).ShouldBe((TimeSpan.FromMilliseconds(500), 11));
    }

    [Test]
    public void AddRunMetrics_option_out_of_its_range_is_refused()
    {
        var builder = MakeBuilder(("RunMetrics:StoreTimeout", "00:00:00"));

        Should.Throw<ArgumentOutOfRangeException>(() => builder.Services.AddRunMetrics(builder.Configuration)).Message.ShouldStartWith(
            "StoreTimeout is '00:00:00'");
    }

    private static HostApplicationBuilder MakeBuilder(params (string Name, string Value)[] settings)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.Configuration.AddInMemoryCollection(settings.Select(setting => KeyValuePair.Create(setting.Name, (string?)setting.Value)));
        return builder;
    }

    /// <summary>What EF Core logs of its statements at the level that the host has set.</summary>
    private sealed class StatementLog : ILoggerProvider
    {
        public LogLines<StatementLog> Statements { get; } = new();

        public ILogger CreateLogger(string categoryName) =>
            categoryName.StartsWith("Microsoft.EntityFrameworkCore.Database", StringComparison.Ordinal) ? Statements : NullLogger.Instance;

        public void Dispose()
        {
        }
    }

    /// <summary>Records as soon as it is started.</summary>
    private sealed class Recording(RunMetricsRecorder recorder) : IHostedService
    {
        public async Task StartAsync(CancellationToken cancellationToken)
        {
            await using var run = await recorder.StartRunAsync("bop", "032", "run-1", cancellationToken: cancellationToken);
            await run.CompleteAsync(RunStatus.Succeeded, cancellationToken);
        }

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
