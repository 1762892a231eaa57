using System.Net;
using System.Net.Sockets;
using Microsoft.Data.Sqlite;
using NUnit.Framework;
using RunMetrics.Tests.Support;
using Shouldly;

namespace RunMetrics.Tests.Api;

[Parallelizable(ParallelScope.All)]
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class ApiStartTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private string DatabaseFile => _folder.File("runmetrics.db");

    public void Dispose() => _folder.Dispose();

    [Test]
    public async Task Start_on_a_file_that_is_no_database_refuses_it_in_one_line()
    {
        await File.WriteAllTextAsync(DatabaseFile, string.Concat(Enumerable.Repeat("This is no database.", 1000)));

        await StartIsRefusedAsync("not a SQLite database");
    }

    [Test]
    public async Task Start_on_a_damaged_database_refuses_it_in_one_line()
    {
        await SqliteTestDatabase.WriteEmptyAsync(DatabaseFile);
        await using (var file = new FileStream(DatabaseFile, FileMode.Open))
        {
            // The header stays; every page after the first is garbage.
            file.Position = 4096;
            await file.WriteAsync(Enumerable.Repeat((byte)0xA5, (int)(file.Length - 4096)).ToArray());
        }

        await StartIsRefusedAsync("damaged");
    }

    [Test]
    public async Task Start_on_a_read_only_file_refuses_it_in_one_line()
    {
        await SqliteTestDatabase.WriteEmptyAsync(DatabaseFile);
        File.SetAttributes(DatabaseFile, FileAttributes.ReadOnly);

        await StartIsRefusedAsync("read-only");

        File.SetAttributes(DatabaseFile, FileAttributes.Normal);
    }

    [Test]
    public async Task Start_on_a_file_of_a_newer_version_refuses_it_in_one_line()
    {
        await SqliteTestDatabase.WriteEmptyAsync(DatabaseFile);
        await ExecuteAsync("""INSERT INTO "__EFMigrationsHistory" VALUES ('99991231235959_Later', '99.0.0')""");

        await StartIsRefusedAsync("newer version");
    }

    [Test]
    public async Task Start_of_two_on_one_missing_file_makes_both_ready()
    {
        Task<ApiProcess>[] starts = [StartOnMissingFileAsync(), StartOnMissingFileAsync()];

        using var one = await starts[0];
        using var two = await starts[1];

        (await ApiAnswer.GetAsync(one.Client, "health/ready")).Status.ShouldBe(HttpStatusCode.OK);
        (await ApiAnswer.GetAsync(two.Client, "health/ready")).Status.ShouldBe(HttpStatusCode.OK);
        const string Run = """{"project_id":"acme","work_order_id":"wo-1","started_at":"2026-01-12T10:00:00Z"}""";
        var written = await ApiAnswer.PutAsync(one.Client, "runs/shared", Run);
        written.Status.ShouldBe(HttpStatusCode.Created);
        (await ApiAnswer.GetAsync(two.Client, "runs/shared")).Body.ShouldBe(written.Body);
    }

    [Test]
    public async Task Start_says_which_database_file_it_uses()
    {
        using var api = await StartOnMissingFileAsync();

        api.Output.ShouldContain($"The database is {DatabaseFile}");
        File.Exists(DatabaseFile).ShouldBeTrue();
    }

    [Test]
    public async Task Start_takes_the_command_line_before_the_environment()
    {
        var named = _folder.File("named.db");

        using var api = await StartOnMissingFileAsync("--ConnectionStrings:RunMetrics", $"Data Source={named}");

        api.Output.ShouldContain($"The database is {named}");
        File.Exists(DatabaseFile).ShouldBeFalse();
    }

    [Test]
    public async Task Start_with_no_address_named_takes_port_5080_of_localhost()
    {
        // Held here, or by another program already: either way the service says that it wanted it.
        using var held = TryListen(5080);

        await StartIsRefusedForAddressAsync(":5080: address already in use", ApiProcess.LaunchWithDefaultAddress(DatabaseFile));
    }

    [TestCase("--urls=http://127.0.0.1:{port}")]
    [TestCase("--urls=http://localhost:{port}")]
    [TestCase("--Kestrel:Endpoints:Only:Url=http://127.0.0.1:{port}")]
    public async Task Start_on_a_port_in_use_is_refused_in_one_line(string setting)
    {
        using var held = TryListen(0);
        var port = $"{((IPEndPoint)held!.LocalEndpoint).Port}";

        await StartIsRefusedForAddressAsync(
            $":{port}: address already in use",
            ApiProcess.LaunchWithDefaultAddress(DatabaseFile, setting.Replace("{port}", port, StringComparison.Ordinal)));
    }

    [Test]
    public async Task Stop_by_signal_exits_with_zero()
    {
        using var api = await ApiProcess.StartAsync(DatabaseFile);

        var exitCode = await api.StopAsync();

        exitCode.ShouldBe(0);
    }

    private static TcpListener? TryListen(int port)
    {
        var listener = new TcpListener(IPAddress.Loopback, port) { ExclusiveAddressUse = true };
        try
        {
            listener.Start();
            return listener;
        }
        catch (SocketException)
        {
            listener.Dispose();
            return null;
        }
    }

    private static async Task StartIsRefusedForAddressAsync(string reason, OwnedProcess process)
    {
        using (process)
        {
            var exitCode = await process.WaitForExitAsync();

            exitCode.ShouldBe(1);
            process.Errors.Split('\n').ShouldHaveSingleItem().ShouldContain(reason);
            process.Output.ShouldNotContain("   at ");
        }
    }

    private async Task StartIsRefusedAsync(string reason)
    {
        var before = await File.ReadAllBytesAsync(DatabaseFile);
        using var process = ApiProcess.Launch(DatabaseFile);

        var exitCode = await process.WaitForExitAsync();

        exitCode.ShouldNotBe(0);
        var line = process.Errors.Split('\n').ShouldHaveSingleItem();
        line.ShouldContain(DatabaseFile);
        line.ShouldContain(reason);
        process.Output.ShouldNotContain("   at ");
        (await File.ReadAllBytesAsync(DatabaseFile)).ShouldBe(before);
    }

    private Task<ApiProcess> StartOnMissingFileAsync(params string[] arguments) =>
        ApiProcess.WaitUntilListeningAsync(ApiProcess.Launch(DatabaseFile, arguments));

    private async Task ExecuteAsync(string sql)
    {
        await using var connection = new SqliteConnection($"Data Source={DatabaseFile};Pooling=False");
        await connection.OpenAsync();
        await using var command = connection.CreateCommand();
#pragma warning disable CA2100 // The statements are the constants above.
        command.CommandText = sql;
#pragma warning restore CA2100
        await command.ExecuteNonQueryAsync();
    }
}
