using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using Microsoft.Extensions.Http.Resilience;
using Polly;
using Polly.Timeout;
using RunMetrics.Domain.Storage;

namespace RunMetrics.Client;

/// <summary>Calls a RunMetrics API. Whatever keeps it from answering as it should is a <see cref="StoreUnavailableException"/>.</summary>
internal sealed class HttpApi : IDisposable
{
    private readonly HttpClient _http;
    private readonly RunMetricsClientOptions _options;
    private readonly TimeProvider _time;

    /// <param name="http">Sends the requests, and retries.</param>
    /// <param name="options">Valid options.</param>
    /// <param name="time">The clock.</param>
    public HttpApi(HttpClient http, RunMetricsClientOptions options, TimeProvider time)
    {
        _http = http;
        _options = options;
        _time = time;
        Root = options.BaseAddress!.AbsoluteUri.TrimEnd('/');

        // The pipeline bounds each call; a second bound on all of them would only hide which it was.
        _http.Timeout = Timeout.InfiniteTimeSpan;
    }

    /// <summary>The address of the API, without a slash at its end.</summary>
    public string Root { get; }

    /// <summary>Makes one for a program without a host.</summary>
    /// <exception cref="ArgumentException">An option is out of its range.</exception>
    public static HttpApi Create(Uri baseAddress, Action<RunMetricsClientOptions>? configure, TimeProvider? time)
    {
        var options = new RunMetricsClientOptions { BaseAddress = baseAddress };
        configure?.Invoke(options);
        OptionsRules<RunMetricsClientOptions>.Require(options);

        var pipeline = new ResiliencePipelineBuilder<HttpResponseMessage>();
        time ??= TimeProvider.System;
        HttpPipeline.Configure(pipeline, options, time);
        var handler = new ResilienceHandler(pipeline.Build()) { InnerHandler = HttpPipeline.MakePrimaryHandler() };
        return new HttpApi(new HttpClient(handler, disposeHandler: true), options, time);
    }

    /// <summary>Makes a call and reads its answer to the end.</summary>
    public Task<HttpAnswer> SendAsync(HttpMethod method, string path, HttpContent? content, CancellationToken cancellationToken) => TryAsync(
        async () =>
        {
            using var request = await MakeRequestAsync(method, path, content, cancellationToken);
            using var response = await _http.SendAsync(request, cancellationToken);
            return await ReadAsync(response, cancellationToken);
        },
        cancellationToken);

    /// <summary>Makes a call and copies its answer while it comes in, however long it is, as long as no part of it takes too long to come.</summary>
    public async Task CopyAsync(string path, string mediaType, Stream destination, CancellationToken cancellationToken)
    {
        using var request = await TryAsync(() => MakeRequestAsync(HttpMethod.Get, path, content: null, cancellationToken), cancellationToken);
        request.Headers.Accept.ParseAdd(mediaType);
        request.Options.Set(HttpPipeline.IsStreamed, true);
        using var response = await TryAsync(
            () => _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken), cancellationToken);
        if (!response.IsSuccessStatusCode || response.Content.Headers.ContentType?.MediaType != mediaType)
        {
            throw Unexpected(await TryAsync(() => ReadAsync(response, cancellationToken), cancellationToken));
        }

        await using var body = await response.Content.ReadAsStreamAsync(cancellationToken);
        var buffer = new byte[81920];
        int count;
        while ((count = await TryAsync(ReadPartAsync, cancellationToken)) > 0)
        {
            await destination.WriteAsync(buffer.AsMemory(0, count), cancellationToken);
        }

        Task<int> ReadPartAsync() => body.ReadAsync(buffer, cancellationToken).AsTask().WaitAsync(_options.AttemptTimeout, _time, cancellationToken);
    }

    /// <summary>Reads an answer that should be a success.</summary>
    public TResult Read<T, TResult>(HttpAnswer answer, Func<T, TResult> read)
    {
        if ((int)answer.Status is < 200 or > 299)
        {
            throw Unexpected(answer);
        }

        try
        {
            return read(answer.Read<T>());
        }
        catch (JsonException exception)
        {
            throw new StoreUnavailableException($"{Root} answered with what is no answer of a RunMetrics API: {exception.Message}", exception);
        }
    }

    /// <summary>What an answer means that the API does not give to a call that is right.</summary>
    public StoreUnavailableException Unexpected(HttpAnswer answer)
    {
        var status = $"{(int)answer.Status} {answer.Status}";
        return new StoreUnavailableException(answer.Status switch
        {
            HttpStatusCode.Unauthorized => $"{Root} answered {status}: it wants a bearer token that it accepts.",
            HttpStatusCode.Forbidden => $"{Root} answered {status}: the bearer token lacks the scope for this call.",
            _ => answer.ReadProblem() is { } problem
                ? $"{Root} answered {status}: {problem.Detail ?? problem.Title}"
                : $"{Root} answered {status}, not as a RunMetrics API does.",
        });
    }

    /// <summary>Closes the connections. Harmless when repeated.</summary>
    public void Dispose() => _http.Dispose();

    private async Task<HttpRequestMessage> MakeRequestAsync(
        HttpMethod method, string path, HttpContent? content, CancellationToken cancellationToken)
    {
        var request = new HttpRequestMessage(method, new Uri(Root + path)) { Content = content };
        if (_options.BearerToken is not null && await _options.BearerToken(cancellationToken) is { Length: > 0 } token)
        {
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        }

        return request;
    }

    private static async Task<HttpAnswer> ReadAsync(HttpResponseMessage response, CancellationToken cancellationToken) => new(
        response.StatusCode, response.Content.Headers.ContentType?.MediaType, await response.Content.ReadAsByteArrayAsync(cancellationToken));

    private async Task<T> TryAsync<T>(Func<Task<T>> send, CancellationToken cancellationToken)
    {
        try
        {
            return await send();
        }
        catch (TimeoutRejectedException exception)
        {
            throw new StoreUnavailableException($"{Root} did not answer within {exception.Timeout}.", exception);
        }
        catch (TimeoutException exception)
        {
            throw new StoreUnavailableException($"{Root} did not go on with its answer within {_options.AttemptTimeout}.", exception);
        }
        catch (Exception exception) when (exception is not OperationCanceledException || !cancellationToken.IsCancellationRequested)
        {
            throw new StoreUnavailableException($"{Root} cannot be reached: {exception.Message}", exception);
        }
    }
}
