using System.Net;
using System.Net.Http.Headers;
using NUnit.Framework;
using RunMetrics.Tests.Support;
using Shouldly;

namespace RunMetrics.Tests.Api.Security;

/// <summary>One API process that demands tokens, for all tests of a fixture.</summary>
public abstract class SecuredApiFixture(DatabaseKind kind)
{
    private readonly List<HttpClient> _clients = [];
    private TestDatabase? _database;
    private ApiProcess? _api;

    /// <summary>A client whose token may do everything.</summary>
    protected HttpClient Everything => _clients[0];

    /// <summary>What the process has logged.</summary>
    protected string Log => _api!.Output;

    [OneTimeSetUp]
    public async Task StartApiAsync()
    {
        _database = await TestDatabase.CreateAsync(kind);
        _api = await ApiProcess.StartInAsync(Tokens.Environment, _database.Target);
        ClientWith(Tokens.Create());
    }

    [OneTimeTearDown]
    public async Task EndApiAsync()
    {
        _clients.ForEach(client => client.Dispose());
        _api?.Dispose();
        if (_database is not null)
        {
            await _database.DisposeAsync();
        }
    }

    protected HttpClient ClientWith(string? token)
    {
        var client = new HttpClient { BaseAddress = _api!.Address };
        client.DefaultRequestHeaders.Authorization = token is null ? null : new AuthenticationHeaderValue("Bearer", token);
        _clients.Add(client);
        return client;
    }

    /// <summary>Records a run with a phase that tells its secret.</summary>
    /// <returns>The id of the run; the phase has the same.</returns>
    protected async Task<string> PutRunAsync(string projectId)
    {
        var id = Guid.CreateVersion7().ToString("D");
        var run = await ApiAnswer.PutAsync(
            Everything, $"runs/{id}", $$"""{"project_id":"{{projectId}}","work_order_id":"wo-1","started_at":"2026-01-12T10:00:00Z"}""");
        run.Status.ShouldBe(HttpStatusCode.Created, run.Body);
        var phase = await ApiAnswer.PutAsync(
            Everything,
            $"runs/{id}/metrics/{id}",
            """{"phase":"builder","started_at":"2026-01-12T10:00:00Z","ended_at":"2026-01-12T10:10:00Z","outcome":"success","metadata":{"note":"hush"}}""");
        phase.Status.ShouldBe(HttpStatusCode.Created, phase.Body);
        return id;
    }

    /// <summary>Every row there is.</summary>
    protected IReadOnlyList<string> Dump() => _database!.Dump();
}
