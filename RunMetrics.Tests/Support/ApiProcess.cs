using System.Diagnostics;
using NUnit.Framework;
using RunMetrics.Data.Databases;
using RunMetrics.Data.PostgreSql;

namespace RunMetrics.Tests.Support;

/// <summary>
/// The real API in a process of its own, on a free loopback port and a database that the test names: the path of a file, or a connection string of
/// PostgreSQL.
/// </summary>
public sealed class ApiProcess : IDisposable
{
    private const string ListeningMark = "Now listening on: ";

    private static readonly Dictionary<string, string?> NoVariables = [];

    private readonly OwnedProcess _process;

    private ApiProcess(OwnedProcess process, Uri address)
    {
        _process = process;
        Client = new HttpClient { BaseAddress = address };
    }

    /// <summary>What <c>dotnet</c> starts.</summary>
    public static string AssemblyFile => Path.Combine(TestContext.CurrentContext.TestDirectory, "RunMetrics.Api.dll");

    /// <summary>A client whose relative addresses are those of this process.</summary>
    public HttpClient Client { get; }

    public Uri Address => Client.BaseAddress!;

    public int Id => _process.Id;

    public string Output => _process.Output;

    /// <summary>Starts the API, which makes a file that is missing, without waiting for it to be ready, which it may never be.</summary>
    public static OwnedProcess Launch(string database, params IEnumerable<string> arguments) =>
        LaunchWithDefaultAddress(database, ["--urls", "http://127.0.0.1:0", .. arguments]);

    /// <summary>Starts the API where it listens when nothing says otherwise, which another process may hold.</summary>
    public static OwnedProcess LaunchWithDefaultAddress(string database, params IEnumerable<string> arguments) =>
        LaunchIn(NoVariables, database, arguments);

    /// <summary>Starts the API with environment variables of the test's, which alone say where it listens.</summary>
    public static OwnedProcess LaunchIn(
        IReadOnlyDictionary<string, string?> environment, string database, params IEnumerable<string> arguments)
    {
        var variables = new Dictionary<string, string?>(StringComparer.Ordinal)
        {
            [$"ConnectionStrings__{DatabaseLocation.ConnectionName}"] = PostgreSqlLocation.IsMeant(database) ? database : $"Data Source={database}",
            ["ASPNETCORE_URLS"] = null,
            ["ASPNETCORE_HTTP_PORTS"] = null,
            ["ASPNETCORE_ENVIRONMENT"] = null,
            ["OTEL_EXPORTER_OTLP_ENDPOINT"] = null,
        };
        foreach (var (name, value) in environment)
        {
            variables[name] = value;
        }

        return OwnedProcess.StartDotnet(AssemblyFile, arguments, variables);
    }

    /// <summary>Starts the API, on a database without rows where there is no file yet, and waits until it listens.</summary>
    public static Task<ApiProcess> StartAsync(string database, params IEnumerable<string> arguments) =>
        StartInAsync(NoVariables, database, arguments);

    /// <summary>Starts the API with environment variables of the test's on a free loopback port and waits until it listens.</summary>
    public static async Task<ApiProcess> StartInAsync(
        IReadOnlyDictionary<string, string?> environment, string database, params IEnumerable<string> arguments)
    {
        // Making the tables is a third of a start: only the tests of that, which launch it, have the API do it.
        if (!PostgreSqlLocation.IsMeant(database) && !File.Exists(database))
        {
            await SqliteTestDatabase.WriteEmptyAsync(database);
        }

        return await WaitUntilListeningAsync(LaunchIn(environment, database, ["--urls", "http://127.0.0.1:0", .. arguments]));
    }

    /// <summary>Waits until a started process listens, and takes it over.</summary>
    public static async Task<ApiProcess> WaitUntilListeningAsync(OwnedProcess process)
    {
        try
        {
            var line = await process.WaitForOutputAsync(line => line.Contains(ListeningMark, StringComparison.Ordinal));
            var address = line[(line.IndexOf(ListeningMark, StringComparison.Ordinal) + ListeningMark.Length)..];

            // As a line of JSON, the message ends with a quote.
            return new ApiProcess(process, new Uri(address.Split('"')[0].Trim()));
        }
        catch
        {
            process.Dispose();
            throw;
        }
    }

    public Task KillAsync() => _process.KillAsync();

    /// <summary>Stops the process as a service manager does, and waits for its end.</summary>
    /// <returns>Its exit code.</returns>
    public async Task<int> StopAsync()
    {
        using var signal = Process.Start("kill", ["-TERM", Id.ToString(System.Globalization.CultureInfo.InvariantCulture)]);
        await signal.WaitForExitAsync();
        return await _process.WaitForExitAsync();
    }

    public void Dispose()
    {
        Client.Dispose();
        _process.Dispose();
    }
}
