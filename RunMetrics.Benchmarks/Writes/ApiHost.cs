using System.Net;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Mvc.Testing;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using RunMetrics.Api.Controllers;
using RunMetrics.Domain.Runs;
using RunMetrics.Domain.Storage;

namespace RunMetrics.Benchmarks.Writes;

/// <summary>The API in this process, with a database file of its own, where a part of it is to be replaced.</summary>
internal sealed class ApiHost : IAsyncDisposable
{
    private readonly WebApplicationFactory<RunsController> _factory;
    private readonly DirectoryInfo _folder;

    private ApiHost(bool sharesTransactions)
    {
        _folder = Directory.CreateTempSubdirectory("runmetrics-benchmark-");
        var databaseFile = Path.Combine(_folder.FullName, "runs.db");
        _factory = new WebApplicationFactory<RunsController>().WithWebHostBuilder(builder =>
        {
            builder.UseSetting("ConnectionStrings:RunMetrics", $"Data Source={databaseFile}");
            builder.UseSetting("urls", "http://127.0.0.1:0");
            builder.UseSetting("Limits:RequestsPerSecond", "1000000");
            builder.ConfigureLogging(logging => logging.ClearProviders());
            if (!sharesTransactions)
            {
                builder.ConfigureTestServices(services =>
                    services.AddSingleton(provider => new QueuedWriter(new OneByOne(provider.GetRequiredService<IRunMetricsStore>()))));
            }
        });
        _factory.UseKestrel();
        _factory.StartServer();
        var address = new Uri(_factory.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single());
        Address = new IPEndPoint(IPAddress.Loopback, address.Port);
    }

    /// <summary>Where it listens.</summary>
    public IPEndPoint Address { get; }

    /// <param name="sharesTransactions">False to give each call a transaction of its own.</param>
    public static ApiHost Start(bool sharesTransactions) => new(sharesTransactions);

    public async ValueTask DisposeAsync()
    {
        await _factory.DisposeAsync();
        SqliteConnection.ClearAllPools();
        _folder.Delete(recursive: true);
    }

    /// <summary>Gives each batch a transaction of its own.</summary>
    private sealed class OneByOne(IRunMetricsStore store) : IRunMetricsStore
    {
        public async Task<IReadOnlyList<IReadOnlyList<FactResult>>> WriteAsync(IReadOnlyList<FactBatch> batches, CancellationToken cancellationToken)
        {
            var results = new List<IReadOnlyList<FactResult>>(batches.Count);
            foreach (var batch in batches)
            {
                results.Add(await store.WriteAsync(batch, cancellationToken));
            }

            return results;
        }

        public Task<RunHistory?> FindRunAsync(string runId, ProjectAccess access, CancellationToken cancellationToken) =>
            store.FindRunAsync(runId, access, cancellationToken);

        public Task<bool> DeleteRunAsync(string runId, ProjectAccess access, CancellationToken cancellationToken) =>
            store.DeleteRunAsync(runId, access, cancellationToken);
    }
}
