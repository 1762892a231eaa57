using System.Net;
using System.Net.Sockets;
using NUnit.Framework;
using RunMetrics.Client;
using RunMetrics.Client.Spooling;
using RunMetrics.Data.Databases;
using RunMetrics.Tests.Support;
using RunMetrics.Tests.Support.ChildCommands;
using Shouldly;

namespace RunMetrics.Tests.Recorder;

public sealed class OpenAsyncTests
{
    [Test]
    public async Task OpenAsync_file_makes_the_database_and_closes_it_with_the_recorder()
    {
        using var folder = new TemporaryFolder();
        var file = folder.File("runs.db");

        await using (var recorder = await RunMetricsRecorder.OpenAsync($"Data Source={file};Pooling=False"))
        {
            await using var run = await recorder.StartRunAsync("bop", "032", "run-1");
            await run.CompleteAsync(RunStatus.Succeeded);
            recorder.LastFailure.ShouldBeNull();
            await recorder.DisposeAsync();
        }

        // SQLite removes its log when the last connection is closed.
        File.Exists($"{file}-wal").ShouldBeFalse();
        await using var reopened = await RunMetricsRecorder.OpenAsync($"Data Source={file};Pooling=False");
        await using var resumed = await reopened.ResumeRunAsync("run-1", "bop", "032");
        reopened.FailedCalls.ShouldBe(0);
    }

    [Test]
    public async Task OpenAsync_stores_nothing_by_itself()
    {
        await using var database = await SqliteTestDatabase.CreateAsync();
        var before = database.Dump();

        await using (await RunMetricsRecorder.OpenAsync($"Data Source={database.FilePath};Pooling=False"))
        {
            database.Dump().ShouldBe(before);
        }

        database.Rows("SELECT (SELECT count(*) FROM uncounted_runs) + (SELECT count(*) FROM project_counts)").ShouldBe(["0"]);
    }

    [Test]
    public async Task OpenAsync_file_that_is_no_database_is_refused()
    {
        using var folder = new TemporaryFolder();
        await File.WriteAllTextAsync(folder.File("runs.db"), "This is no database, but a text that is long enough to look at.");

        await Should.ThrowAsync<DatabaseRefusedException>(() => RunMetricsRecorder.OpenAsync(folder.File("runs.db")));
    }

    [Test]
    public async Task OpenAsync_option_out_of_its_range_is_refused_before_anything_is_made()
    {
        using var folder = new TemporaryFolder();

        await Should.ThrowAsync<ArgumentOutOfRangeException>(
            () => RunMetricsRecorder.OpenAsync(folder.File("runs.db"), new RunMetricsRecorderOptions { StoreTimeout = TimeSpan.Zero }));

        Directory.EnumerateFileSystemEntries(folder.Path).ShouldBeEmpty();
    }

    [Test]
    public async Task OpenAsync_without_a_target_records_to_the_server_of_the_environment()
    {
        using var folder = new TemporaryFolder();
        using var api = await ApiProcess.StartAsync(folder.File("server.db"));
        using var program = Record(folder, ("RUNMETRICS_SERVER", api.Address.ToString()));

        (await program.WaitForExitAsync()).ShouldBe(0, program.Errors);

        program.Output.ShouldStartWith("0 failed calls");
        (await api.Client.GetAsync(new Uri($"runs/{OpenCommand.RunId}", UriKind.Relative))).StatusCode.ShouldBe(HttpStatusCode.OK);
        Directory.EnumerateFiles(folder.Path, "facts-*", SearchOption.AllDirectories).ShouldBeEmpty();
    }

    [Test]
    public async Task OpenAsync_server_that_is_away_keeps_the_facts_in_its_spool()
    {
        using var folder = new TemporaryFolder();
        Uri address;
        using (var api = await ApiProcess.StartAsync(folder.File("server.db")))
        {
            address = api.Address;
        }

        using var away = Record(folder, ("RUNMETRICS_SERVER", address.ToString()));
        (await away.WaitForExitAsync()).ShouldBe(0, away.Errors);
        away.Output.ShouldStartWith($"0 failed calls; The store is away, facts are kept in {folder.Path}");
        var waiting = Directory.EnumerateFiles(folder.Path, "facts-*", SearchOption.AllDirectories).ShouldHaveSingleItem();

        using var back = await ApiProcess.StartAsync(folder.File("server.db"));
        using var store = HttpRunMetricsStore.Create(back.Address);
        await new RunMetricsSpool(new RunMetricsSpoolOptions { Folder = Path.GetDirectoryName(waiting)! }).DrainAsync(store, CancellationToken.None);

        (await back.Client.GetStringAsync(new Uri($"runs/{OpenCommand.RunId}", UriKind.Relative))).ShouldContain("\"status\":\"succeeded\"");
    }

    [Test]
    public async Task OpenAsync_server_that_takes_the_call_and_never_answers_loses_nothing_within_a_short_timeout()
    {
        using var folder = new TemporaryFolder();
        using var silent = new TcpListener(IPAddress.Loopback, 0);
        silent.Start();
        using var program = Record(folder, ("RUNMETRICS_SERVER", $"http://{silent.LocalEndpoint}/"), ("STORE_TIMEOUT", "00:00:00.3"));

        (await program.WaitForExitAsync()).ShouldBe(0, program.Errors);

        var waiting = Directory.EnumerateFiles(folder.Path, "facts-*", SearchOption.AllDirectories).ShouldHaveSingleItem();
        (await File.ReadAllTextAsync(waiting)).ShouldContain("\"succeeded\"");
    }

    [Test]
    public async Task OpenAsync_without_a_target_and_settings_records_to_the_default_database()
    {
        Assume.That(OperatingSystem.IsLinux(), "The local application data folder is set by XDG_DATA_HOME.");
        using var folder = new TemporaryFolder();
        using var program = Record(folder);

        (await program.WaitForExitAsync()).ShouldBe(0, program.Errors);

        File.Exists(folder.File("runmetrics.db")).ShouldBeTrue();
    }

    private static OwnedProcess Record(TemporaryFolder folder, params (string Name, string Value)[] environment)
    {
        var variables = new Dictionary<string, string?>(StringComparer.Ordinal)
        {
            ["XDG_DATA_HOME"] = folder.Path,
            ["LOCALAPPDATA"] = folder.Path,
            ["ConnectionStrings__RunMetrics"] = null,
            ["RUNMETRICS_SERVER"] = null,
            ["RUNMETRICS_TOKEN"] = null,
        };
        foreach (var (name, value) in environment)
        {
            variables[name] = value;
        }

        return OwnedProcess.StartDotnet(typeof(ChildCommand).Assembly.Location, ["open-and-record"], variables);
    }
}
