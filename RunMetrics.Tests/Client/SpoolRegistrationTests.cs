using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using NUnit.Framework;
using RunMetrics.Client;
using RunMetrics.Client.Spooling;
using RunMetrics.Domain.Storage;
using Shouldly;

namespace RunMetrics.Tests.Client;

/// <summary>The spool in a host, and options that are refused.</summary>
public sealed class SpoolRegistrationTests : SpoolFixture
{
    [Test]
    public async Task AddRunMetricsSpool_stands_in_front_of_the_client_in_a_folder_of_its_own()
    {
        await using var services = new ServiceCollection()
            .AddRunMetricsClient(new Uri("http://127.0.0.1:5080/"))
            .AddRunMetricsSpool(configure: options => options.DisposeTimeout = TimeSpan.Zero)
            .BuildServiceProvider();

        var options = services.GetRequiredService<IOptions<RunMetricsSpoolOptions>>().Value;
        var folder = options.Folder;
        options.Folder = SpoolOptions.Folder;
        var store = services.GetRequiredService<IRunMetricsStore>();

        store.ShouldBeOfType<SpooledRunMetricsStore>().Spool.Folder.ShouldBe(SpoolOptions.Folder);
        services.GetRequiredKeyedService<IRunMetricsStore>(RunMetricsSpoolServices.StoreBehindSpoolKey).ShouldBeOfType<HttpRunMetricsStore>();
        folder.ShouldBe(RunMetricsSpoolOptions.DefaultFolderOf(new Uri("http://127.0.0.1:5080")));
        RunMetricsSpoolOptions.DefaultFolderOf(new Uri("http://127.0.0.1:5081")).ShouldNotBe(folder, StringComparer.Ordinal);
    }

    [Test]
    public async Task AddRunMetricsSpool_recorder_is_disposed_before_the_spool_and_loses_nothing()
    {
        await using (var services = new ServiceCollection()
            .AddSingleton<IRunMetricsStore>(Store)
            .AddRunMetricsSpool(SpoolOptions.Folder)
            .AddSingleton<RunMetricsRecorder>()
            .BuildServiceProvider())
        {
            Store.IsAway = true;
            var recorder = services.GetRequiredService<RunMetricsRecorder>();
            _ = recorder.StartRunAsync("bop", "032", "run-1");
        }

        (await StatusAsync()).PendingFacts.ShouldBe(1);
    }

    [Test]
    public async Task AddRunMetricsSpool_option_out_of_range_keeps_the_host_from_starting()
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.Services
            .AddRunMetricsClient(new Uri("ftp://127.0.0.1/"), options => options.MaxRetries = 11)
            .AddRunMetricsSpool("relative", options => options.MaxBytes = 1);
        using var host = builder.Build();

        var exception = await Should.ThrowAsync<Exception>(() => host.StartAsync());

        var messages = ((exception as AggregateException)?.InnerExceptions ?? [exception]).Cast<OptionsValidationException>().SelectMany(each => each.Failures);
        messages.ShouldBe(
            [
                "BaseAddress is 'ftp://127.0.0.1/'; accepted: an absolute http or https address without query, fragment or credentials.",
                "MaxRetries is '11'; accepted: 0 to 10.",
                "Folder is 'relative'; accepted: the full path of a folder.",
                "MaxBytes is '1'; accepted: 65536 to 1099511627776.",
            ],
            ignoreOrder: true);
    }

    [Test]
    public void AddRunMetricsSpool_no_store_says_so() =>
        Should.Throw<InvalidOperationException>(() => new ServiceCollection().AddRunMetricsSpool());

    [Test]
    public void Open_option_out_of_range_is_refused_by_name_and_value()
    {
        SpoolOptions.MaxBytes = 1;

        var exception = Should.Throw<ArgumentException>(Open);

        exception.Message.ShouldStartWith("MaxBytes is '1'; accepted: 65536 to 1099511627776.");
    }
}
