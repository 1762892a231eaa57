using System.Net;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Mvc.Testing;
using Microsoft.Extensions.Logging;
using NUnit.Framework;
using RunMetrics.Api.Controllers;
using RunMetrics.Tests.Support;
using Shouldly;

namespace RunMetrics.Tests.Api;

/// <summary>What the API says of its command line and refuses of it; <c>{file}</c> stands for a database file.</summary>
[Parallelizable(ParallelScope.All)]
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed partial class CommandLineTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private string EnvironmentFile => _folder.File("environment.db");

    private string NamedFile => _folder.File("named file.db");

    public void Dispose() => _folder.Dispose();

    [TestCase("--help")]
    [TestCase("-h")]
    [TestCase("-?")]
    [TestCase("--urls", "--help")]
    [TestCase("--unknown", "--help")]
    public async Task Start_asked_for_help_says_what_it_takes_and_does_not_start(params string[] arguments)
    {
        using var process = ApiProcess.LaunchWithDefaultAddress(EnvironmentFile, arguments);

        var exitCode = await process.WaitForExitAsync();

        exitCode.ShouldBe(0);
        process.Errors.ShouldBeEmpty();
        string[] parts =
        [
            "--urls", "http://localhost:5080", "--database FILE", "runmetrics.db", "--ConnectionStrings:RunMetrics", "--Authentication:Schemes:Bearer:Authority",
            "docs/http-api.md", "docs/security.md", "Limits__MaxBodyBytes",
        ];
        parts.ShouldAllBe(part => process.Output.Contains(part, StringComparison.Ordinal));
        File.Exists(EnvironmentFile).ShouldBeFalse();
    }

    [Test]
    public async Task Start_asked_for_its_version_says_it_and_does_not_start()
    {
        using var process = ApiProcess.LaunchWithDefaultAddress(EnvironmentFile, "--version");

        var exitCode = await process.WaitForExitAsync();

        exitCode.ShouldBe(0);
        process.Errors.ShouldBeEmpty();
        process.Output.Split('+')[0].ShouldBe(Repository.Version);
        File.Exists(EnvironmentFile).ShouldBeFalse();
    }

    [TestCase("MaxBodyBytes", "[1024 to 30000000; default: 1048576]")]
    [TestCase("RequestTimeoutSeconds", "[1 to 3600; default: 30]")]
    [TestCase("RequestsPerSecond", "[1 to 1000000; default: 20000]")]
    [TestCase("MaxConnections", "[1 to 1000000; default: 10000]")]
    public async Task Help_names_each_limit_with_its_range_and_default(string limit, string range)
    {
        using var process = ApiProcess.LaunchWithDefaultAddress(EnvironmentFile, "--help");

        await process.WaitForExitAsync();

        var lines = process.Output.Split('\n');
        var line = Array.FindIndex(lines, line => line.Contains($"--Limits:{limit} N", StringComparison.Ordinal));
        lines[line + 1].ShouldEndWith(range);
    }

    [Test]
    public async Task Start_takes_every_option_that_the_help_names()
    {
        using var help = ApiProcess.LaunchWithDefaultAddress(EnvironmentFile, "--help");
        await help.WaitForExitAsync();
        var options = Option().Matches(help.Output).Select(match => match.Value)
            .Where(option => option is not ("--NAME" or "--help" or "--version" or "--database"))
            .Distinct(StringComparer.Ordinal)
            .ToList();

        // Past the command line, the first that cannot be 1 is the connection string.
        using var process = ApiProcess.LaunchWithDefaultAddress(EnvironmentFile, options.Select(option => $"{option}=1"));
        var exitCode = await process.WaitForExitAsync();

        options.Count.ShouldBeGreaterThan(10);
        exitCode.ShouldBe(1);
        process.Errors.ShouldContain("ConnectionStrings:RunMetrics is '1'");
    }

    [TestCase("--databse", "--databse", "{file}")]
    [TestCase("--databse", "--databse={file}")]
    [TestCase("--url", "--url=http://127.0.0.1:0")]
    [TestCase("-database", "-database", "{file}")]
    [TestCase("--ConnectionStrings:RunMetric", "--ConnectionStrings:RunMetric=Data Source={file}")]
    [TestCase("--ConnectionStrings", "--ConnectionStrings", "Data Source={file}")]
    [TestCase("--Limits", "--Limits", "1")]
    [TestCase("/unknown", "/unknown=1")]
    [TestCase("unknown", "unknown=1")]
    [TestCase("urls", "urls", "http://127.0.0.1:0")]
    [TestCase("serve", "serve")]
    [TestCase("--", "--", "--urls=http://127.0.0.1:0")]
    [TestCase("--Authentcation:Schemes:Bearer:SigningKeys:0:Value", "--Authentcation:Schemes:Bearer:SigningKeys:0:Value={file}")]
    public async Task Start_with_an_unknown_option_is_refused_in_one_line(string named, params string[] arguments)
    {
        var line = await StartIsRefusedAsync(arguments);

        line.ShouldStartWith($"{named} is no option; accepted");
        line.ShouldContain("--database");
        line.ShouldContain("--Limits:NAME");
        line.ShouldContain("--help");
        line.ShouldNotContain(NamedFile);
    }

    [TestCase("--urls")]
    [TestCase("--database")]
    [TestCase("--database=")]
    [TestCase("--database", " ")]
    [TestCase("--database", "--urls=http://127.0.0.1:0")]
    public async Task Start_with_an_option_without_its_value_is_refused_in_one_line(params string[] arguments)
    {
        var line = await StartIsRefusedAsync(arguments);

        line.ShouldStartWith($"{arguments[0].TrimEnd('=')} has no value; accepted");
    }

    [Test]
    public async Task Start_with_two_options_that_name_the_database_is_refused_in_one_line()
    {
        var line = await StartIsRefusedAsync("--database", "{file}", "--ConnectionStrings:RunMetrics=Data Source={file}");

        line.ShouldContain("both name the database");
    }

    [TestCase("--database", "{file}")]
    [TestCase("--database={file}")]
    [TestCase("--Database={file}")]
    [TestCase("/database", "{file}")]
    [TestCase("database={file}")]
    [TestCase("--ConnectionStrings:RunMetrics", "Data Source={file}")]
    [TestCase("--connectionstrings:runmetrics=Data Source={file}")]
    public async Task Start_with_an_option_that_names_the_database_takes_it_before_the_environment(params string[] arguments)
    {
        using var api = await ApiProcess.WaitUntilListeningAsync(ApiProcess.Launch(EnvironmentFile, Fill(arguments)));

        api.Output.ShouldContain($"The database is {NamedFile}");
        File.Exists(NamedFile).ShouldBeTrue();
        File.Exists(EnvironmentFile).ShouldBeFalse();
    }

    [TestCase("--environment=Development")]
    [TestCase("--applicationName=RunMetrics.Api")]
    [TestCase("--shutdownTimeoutSeconds", "5")]
    [TestCase("--Logging:LogLevel:Microsoft.AspNetCore", "Error")]
    [TestCase("--Kestrel:Limits:KeepAliveTimeout=00:01:00")]
    [TestCase("--ALLOWEDHOSTS", "localhost")]
    [TestCase("--limits:requestsPerSecond", "100")]
    public async Task Start_with_an_option_of_the_framework_takes_it(params string[] arguments)
    {
        using var api = await ApiProcess.WaitUntilListeningAsync(ApiProcess.Launch(EnvironmentFile, arguments));

        File.Exists(EnvironmentFile).ShouldBeTrue();
    }

    [Test]
    public async Task Start_in_the_process_of_a_test_takes_the_settings_of_its_factory()
    {
        await using var factory = new WebApplicationFactory<RunsController>().WithWebHostBuilder(host => host
            .UseSetting("ConnectionStrings:RunMetrics", $"Data Source={NamedFile};Pooling=False")
            .UseSetting("Limits:RequestsPerSecond", "100")
            .ConfigureLogging(logging => logging.ClearProviders()));
        using var client = factory.CreateClient();

        using var answer = await client.GetAsync(new Uri("health/ready", UriKind.Relative));

        answer.StatusCode.ShouldBe(HttpStatusCode.OK);
        File.Exists(NamedFile).ShouldBeTrue();
    }

    private async Task<string> StartIsRefusedAsync(params string[] arguments)
    {
        using var process = ApiProcess.LaunchWithDefaultAddress(EnvironmentFile, Fill(arguments));

        var exitCode = await process.WaitForExitAsync();

        exitCode.ShouldBe(2);
        process.Output.ShouldBeEmpty();
        File.Exists(EnvironmentFile).ShouldBeFalse();
        return process.Errors.Split('\n').ShouldHaveSingleItem();
    }

    private IEnumerable<string> Fill(IEnumerable<string> arguments) =>
        arguments.Select(argument => argument.Replace("{file}", NamedFile, StringComparison.Ordinal));

    [GeneratedRegex("--[A-Za-z_:0-9]+", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Option();
}
