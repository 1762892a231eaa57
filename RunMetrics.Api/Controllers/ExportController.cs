using System.Runtime.CompilerServices;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Http.Timeouts;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Net.Http.Headers;
using RunMetrics.Api.Export;
using RunMetrics.Api.OpenApi;
using RunMetrics.Api.Parameters;
using RunMetrics.Api.Security;
using RunMetrics.Data.Queries;
using RunMetrics.Domain.Facts;
using RunMetrics.Domain.Import;

namespace RunMetrics.Api.Controllers;

/// <summary>Gives out all recorded facts.</summary>
[ApiController]
[Route("run-metrics/export")]
[Tags("Export")]
public sealed class ExportController(RunMetricsQueries queries) : ControllerBase
{
    /// <summary>Exports facts, one a line, as an import takes them.</summary>
    /// <remarks>
    /// Each run stands directly before its phase metrics: runs by start, then id, metrics as listed. The lines are sent while they are read: an
    /// answer that breaks off is not whole. With `Accept: text/csv` there is a row for each metric with the columns of its run, and one for a run
    /// without any; a field that a spreadsheet would take for a formula begins with an apostrophe.
    /// </remarks>
    /// <param name="parameters">Which runs to export.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    [HttpGet]
    [Authorize(Scopes.Read)]
    [DisableRequestTimeout]
    [GivesFactLines]
    public async Task ExportAsync([FromQuery] ExportParameters parameters, CancellationToken cancellationToken)
    {
        var facts = StartWithFirstAsync(queries.ExportAsync(parameters.ToFilter(), User.ProjectAccess(), cancellationToken), cancellationToken);
        Response.Headers.Vary = HeaderNames.Accept;
        if (WantsCsv(Request))
        {
            Response.ContentType = $"{FactCsv.ContentType}; charset=utf-8; header=present";
            await FactCsv.WriteAsync(facts, Response.Body, cancellationToken);
        }
        else
        {
            Response.ContentType = FactImport.ContentType;
            await FactWriter.WriteLinesAsync(facts, Response.BodyWriter, cancellationToken);
        }
    }

    /// <summary>
    /// What keeps the database from answering is told while there is a status to tell it by. From then on a failure cuts the connection: nobody
    /// shall take a part for the whole.
    /// </summary>
    private async IAsyncEnumerable<Fact> StartWithFirstAsync(IAsyncEnumerable<Fact> facts, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var fact in facts.WithCancellation(cancellationToken))
        {
            if (!Response.HasStarted)
            {
                await Response.StartAsync(cancellationToken);
            }

            yield return fact;
        }
    }

    private static bool WantsCsv(HttpRequest request)
    {
        var accepted = request.GetTypedHeaders().Accept;
        return PreferenceFor(FactCsv.ContentType).CompareTo(PreferenceFor(FactImport.ContentType)) > 0;

        // Of two types of one quality, the client prefers the one that it names more exactly.
        (double Quality, int Exactness) PreferenceFor(string contentType) => accepted
            .Where(range => new MediaTypeHeaderValue(contentType).IsSubsetOf(new MediaTypeHeaderValue(range.MediaType)))
            .Select(range => (Quality: range.Quality ?? 1, Exactness: range.MatchesAllTypes ? 0 : range.MatchesAllSubTypes ? 1 : 2))
            .OrderByDescending(range => range.Exactness)
            .FirstOrDefault();
    }
}
