using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using NUnit.Framework;
using RunMetrics.Data;
using RunMetrics.Data.Sqlite;
using RunMetrics.Tests.Support;
using Shouldly;

namespace RunMetrics.Tests.Domain.Recording;

public sealed class RecorderRegistrationTests
{
    private static readonly object[] Refused =
    [
        new object[] { TimeSpan.Zero, 1, "StoreTimeout is '00:00:00'; accepted: above zero, at most one hour." },
        new object[] { TimeSpan.FromSeconds(-1), 1, "StoreTimeout is '-00:00:01'; accepted: above zero, at most one hour." },
        new object[] { new TimeSpan(1, 0, 1), 1, "StoreTimeout is '01:00:01'; accepted: above zero, at most one hour." },
        new object[] { TimeSpan.FromSeconds(1), 0, "MaxWaitingFacts is '0'; accepted: 1 to 1000000." },
        new object[] { TimeSpan.FromSeconds(1), 1_000_001, "MaxWaitingFacts is '1000001'; accepted: 1 to 1000000." },
    ];

    [Test]
    public async Task AddRunMetricsDatabase_in_a_host_records_into_its_database_and_logs_into_its_log()
    {
        await using var database = await SqliteTestDatabase.CreateAsync();
        var log = new LogLines<RunMetricsRecorder>();
        await using (var services = new ServiceCollection()
            .AddSingleton<ILogger<RunMetricsRecorder>>(log)
            .AddSingleton<TimeProvider>(database.Time)
            .AddRunMetricsDatabase(SqliteLocation.Resolve($"Data Source={database.FilePath};Pooling=False"))
            .AddSingleton(new RunMetricsRecorderOptions { StoreTimeout = TimeSpan.FromMinutes(1) })
            .BuildServiceProvider(new ServiceProviderOptions { ValidateOnBuild = true, ValidateScopes = true }))
        {
            var recorder = services.GetRequiredService<RunMetricsRecorder>();
            services.GetRequiredService<RunMetricsRecorder>().ShouldBeSameAs(recorder);

            await using var run = await recorder.StartRunAsync("bop", "032", "run-1");
            await recorder.RecordPhaseAsync("unknown", RunPhase.Test, 1, PhaseOutcome.Success, TestDatabase.Now);
        }

        database.Rows("SELECT id, status, started_at FROM runs").ShouldBe(["run-1|failed|2026-01-12T10:00:00.123Z"]);
        log.All.ShouldHaveSingleItem().ShouldContain("'unknown'");
    }

    [Test]
    public async Task AddRunMetricsDatabase_without_a_log_and_a_clock_is_resolved()
    {
        await using var database = await SqliteTestDatabase.CreateAsync();
        await using var services = new ServiceCollection()
            .AddRunMetricsDatabase(SqliteLocation.ForFile(database.FilePath))
            .BuildServiceProvider();

        services.GetRequiredService<RunMetricsRecorder>().FailedCalls.ShouldBe(0);
    }

    [TestCaseSource(nameof(Refused))]
    public async Task RunMetricsRecorder_an_option_out_of_its_range_is_refused_with_its_name_and_value(TimeSpan storeTimeout, int maxWaitingFacts, string expected)
    {
        await using var database = await SqliteTestDatabase.CreateAsync();
        var options = new RunMetricsRecorderOptions { StoreTimeout = storeTimeout, MaxWaitingFacts = maxWaitingFacts };

        var exception = Should.Throw<ArgumentOutOfRangeException>(() => new RunMetricsRecorder(database.Store, options: options));

        exception.Message.ShouldStartWith(expected);
    }

    [Test]
    public void RunMetricsRecorderOptions_unless_set_are_the_documented_defaults()
    {
        var options = new RunMetricsRecorderOptions();

        options.StoreTimeout.ShouldBe(TimeSpan.FromSeconds(2));
        options.MaxWaitingFacts.ShouldBe(20_000);
    }
}
