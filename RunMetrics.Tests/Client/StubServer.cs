using System.Collections.Concurrent;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace RunMetrics.Tests.Client;

/// <summary>A real server that answers what a test tells it to, and keeps what it was asked.</summary>
internal sealed class StubServer : IAsyncDisposable
{
    private readonly WebApplication _app;

    private StubServer(WebApplication app) => _app = app;

    public Uri Address => new(_app.Urls.Single());

    public ConcurrentQueue<Request> Requests { get; } = new();

    /// <summary>The answers to the first requests; all later ones are answered as an API that takes every fact.</summary>
    public ConcurrentQueue<Func<HttpContext, Task>> Answers { get; } = new();

    /// <summary>The only token that is taken; when null, none is asked for.</summary>
    public string? Token { get; set; }

    public static async Task<StubServer> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        var server = new StubServer(builder.Build());
        server._app.Run(server.AnswerAsync);
        await server._app.StartAsync();
        return server;
    }

    public void Answer(int status, string? retryAfter = null) => Answers.Enqueue(context =>
    {
        context.Response.StatusCode = status;
        if (retryAfter is not null)
        {
            context.Response.Headers.RetryAfter = retryAfter;
        }

        return Task.CompletedTask;
    });

    public void AnswerJson(int status, string json) => Answer(status, "application/json", json);

    public void AnswerProblem(int status, string json) => Answer(status, "application/problem+json", json);

    public async ValueTask DisposeAsync() => await _app.DisposeAsync();

    private async Task AnswerAsync(HttpContext context)
    {
        using var reader = new StreamReader(context.Request.Body);
        var body = await reader.ReadToEndAsync();
        Requests.Enqueue(new Request($"{context.Request.Method} {context.Request.Path}", context.Request.Headers.Authorization, body));
        if (Token is not null && context.Request.Headers.Authorization != $"Bearer {Token}")
        {
            context.Response.StatusCode = StatusCodes.Status401Unauthorized;
            return;
        }

        if (Answers.TryDequeue(out var answer))
        {
            await answer(context);
            return;
        }

        var lines = body.Count(character => character == '\n');
        context.Response.ContentType = "application/json";
        await context.Response.WriteAsync($$"""{"accepted":{{lines}},"unchanged":0,"rejected":0,"errors":[]}""");
    }

    private void Answer(int status, string contentType, string body) => Answers.Enqueue(context =>
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = contentType;
        return context.Response.WriteAsync(body);
    });

    internal sealed record Request(string Line, string? Authorization, string Body);
}
