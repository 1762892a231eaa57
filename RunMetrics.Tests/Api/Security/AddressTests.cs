using System.Globalization;
using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using NUnit.Framework;
using RunMetrics.Tests.Support;
using Shouldly;

namespace RunMetrics.Tests.Api.Security;

/// <summary>Without authentication the service stays on loopback; <c>{port}</c> stands for a port.</summary>
[Parallelizable(ParallelScope.All)]
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class AddressTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private string DatabaseFile => _folder.File("runmetrics.db");

    public void Dispose() => _folder.Dispose();

    [TestCase("--urls=http://0.0.0.0:{port}")]
    [TestCase("--urls=http://*:{port}")]
    [TestCase("--urls=http://+:{port}")]
    [TestCase("--urls=http://[::]:{port}")]
    [TestCase("--urls=http://0:{port}")]
    [TestCase("--urls=http://some-host:{port}")]
    [TestCase("--urls=http://localhost.example:{port}")]
    [TestCase("--urls=http://127.0.0.1.example:{port}")]
    [TestCase("--urls=http://127.0.0.1:{port};http://0.0.0.0:{port}")]
    [TestCase("--urls=https://0.0.0.0:{port}")]
    [TestCase("--http_ports={port}")]
    [TestCase("--https_ports={port}")]
    [TestCase("--Kestrel:Endpoints:Open:Url=http://0.0.0.0:{port}")]
    [TestCase("--Kestrel:Endpoints:Open:Url=http://*:{port}")]
    [TestCase("ASPNETCORE_URLS=http://0.0.0.0:{port}")]
    [TestCase("DOTNET_URLS=http://0.0.0.0:{port}")]
    [TestCase("ASPNETCORE_HTTP_PORTS={port}")]
    [TestCase("ASPNETCORE_HTTPS_PORTS={port}")]
    [TestCase("Kestrel__Endpoints__Open__Url=http://0.0.0.0:{port}")]
    [TestCase("ASPNETCORE_Kestrel__Endpoints__Open__Url=http://[::]:{port}")]
    [TestCase("--urls=http://127.0.0.1:{port}", "--Kestrel:Endpoints:Open:Url=http://0.0.0.0:{port}")]
    [TestCase("--urls=http://0.0.0.0:{port}", "--Kestrel:Endpoints:Closed:Url=http://127.0.0.1:{port}", "--preferHostingUrls=true")]
    [TestCase("ASPNETCORE_HTTP_PORTS={port}", "--Kestrel:Endpoints:Closed:Url=http://127.0.0.1:{port}", "ASPNETCORE_PREFERHOSTINGURLS=1")]
    public async Task Start_on_an_open_address_without_authentication_is_refused_in_one_line(params string[] settings)
    {
        // No port is ever taken.
        const string port = "5099";
        using var process = Launch(settings, port);

        var exitCode = await process.WaitForExitAsync();

        exitCode.ShouldBe(1);
        var line = process.Errors.Split('\n').ShouldHaveSingleItem();
        line.ShouldContain(port);
        line.ShouldContain("Authentication:Schemes:Bearer");
        process.Output.ShouldNotContain("Now listening");
        File.Exists(DatabaseFile).ShouldBeFalse();
    }

    [TestCase("--urls=http://localhost:{port}")]
    [TestCase("--urls=http://127.0.0.1:{port}")]
    [TestCase("--urls=http://[::1]:{port}")]
    [TestCase("ASPNETCORE_URLS=http://127.0.0.1:{port}")]
    [TestCase("Kestrel__Endpoints__Closed__Url=http://127.0.0.1:{port}")]
    [TestCase("--urls=http://127.0.0.1:{port}", "ASPNETCORE_HTTP_PORTS=8080")]
    public async Task Start_on_loopback_without_authentication_listens(params string[] settings)
    {
        if (settings[0].Contains("[::1]", StringComparison.Ordinal) && !Socket.OSSupportsIPv6)
        {
            Assert.Ignore("This machine has no IPv6.");
        }

        using var api = await StartOnAFreePortAsync(settings);

        var listeners = IPGlobalProperties.GetIPGlobalProperties().GetActiveTcpListeners()
            .Where(listener => listener.Port == api.Address.Port)
            .ToList();
        listeners.ShouldNotBeEmpty();
        listeners.ShouldAllBe(listener => IPAddress.IsLoopback(listener.Address));
        (await ApiAnswer.GetAsync(api.Client, "health/ready")).Status.ShouldBe(HttpStatusCode.OK);
    }

    private OwnedProcess Launch(IEnumerable<string> settings, string port)
    {
        var filled = settings.Select(setting => setting.Replace("{port}", port, StringComparison.Ordinal)).ToList();
        var variables = filled.Where(setting => !setting.StartsWith('-')).Select(setting => setting.Split('=', 2))
            .ToDictionary(setting => setting[0], setting => (string?)setting[1], StringComparer.Ordinal);
        return ApiProcess.LaunchIn(variables, DatabaseFile, filled.Where(setting => setting.StartsWith('-')));
    }

    /// <summary>Starts with one port after the other, until one is not in use by another program.</summary>
    private async Task<ApiProcess> StartOnAFreePortAsync(IReadOnlyList<string> settings)
    {
        while (true)
        {
            var process = Launch(settings, Random.Shared.Next(20_000, 30_000).ToString(CultureInfo.InvariantCulture));
            try
            {
                return await ApiProcess.WaitUntilListeningAsync(process);
            }
            catch (InvalidOperationException exception) when (exception.Message.Contains("address already in use", StringComparison.Ordinal))
            {
            }
        }
    }
}
