using NUnit.Framework;
using Shouldly;

namespace RunMetrics.Tests.Support;

/// <summary>One API process for all tests of a fixture, which keep apart by the ids that they use.</summary>
public abstract class ApiFixture(DatabaseKind kind)
{
    private TestDatabase? _database;
    private ApiProcess? _api;

    protected DatabaseKind Kind { get; } = kind;

    protected TestDatabase Database => _database ?? throw new InvalidOperationException("The API has not been started.");

    protected ApiProcess Api => _api ?? throw new InvalidOperationException("The API has not been started.");

    protected HttpClient Client => Api.Client;

    /// <inheritdoc cref="TestDatabase.Target"/>
    protected string Target => Database.Target;

    /// <summary>An id that no other test uses.</summary>
    protected static string NewId() => Guid.CreateVersion7().ToString("D");

    [OneTimeSetUp]
    public async Task StartApiAsync()
    {
        _database = await TestDatabase.CreateAsync(Kind);
        _api = await ApiProcess.StartAsync(Target);
    }

    [OneTimeTearDown]
    public async Task EndApiAsync()
    {
        _api?.Dispose();
        if (_database is not null)
        {
            await _database.DisposeAsync();
        }
    }

    protected Task<ApiAnswer> GetAsync(string path) => ApiAnswer.GetAsync(Client, path);

    protected Task<ApiAnswer> PutAsync(string path, string json) => ApiAnswer.PutAsync(Client, path, json);

    protected Task<ApiAnswer> PostAsync(string path, string json) => ApiAnswer.PostAsync(Client, path, json);

    protected Task<ApiAnswer> DeleteAsync(string path) => ApiAnswer.DeleteAsync(Client, path);

    protected Task<ApiAnswer> ImportAsync(params string[] lines) => ApiAnswer.ImportAsync(Client, lines);

    /// <summary>Records a run that started on 2026-01-12 at 10:00 UTC.</summary>
    /// <returns>Its id.</returns>
    protected async Task<string> PutRunAsync(string? projectId = null)
    {
        var id = NewId();
        var answer = await PutAsync(
            $"runs/{id}", $$"""{"project_id":"{{projectId ?? id}}","work_order_id":"wo-1","started_at":"2026-01-12T10:00:00Z"}""");
        answer.Status.ShouldBe(System.Net.HttpStatusCode.Created, answer.Body);
        return id;
    }
}
