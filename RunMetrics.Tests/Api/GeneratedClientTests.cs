using System.Reflection;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using NJsonSchema.CodeGeneration.CSharp;
using NSwag.CodeGeneration.CSharp;
using NUnit.Framework;
using RunMetrics.Tests.Support;
using Shouldly;

namespace RunMetrics.Tests.Api;

/// <summary>A client that NSwag generates from the document is compiled together with the session of the README, and run.</summary>
[Parallelizable(ParallelScope.Self)]
public sealed class GeneratedClientTests() : ApiFixture(DatabaseKind.Sqlite)
{
    private const string Session =
        """
        using System.Collections.Generic;
        using System.IO;
        using System.Linq;
        using System.Net.Http;
        using System.Text;
        using System.Threading.Tasks;
        using Generated;

        public static class Session
        {
            public static async Task<string> RunAsync(HttpClient http, string projectId, string runId)
            {
                var api = new RunMetricsApi(http);
                await api.PutRunAsync(runId, new RunFact { Project_id = projectId, Work_order_id = "wo-7" });
                await api.PostPhaseMetricAsync(runId, new PhaseMetricFact
                {
                    Id = $"{runId}.builder.1",
                    Phase = RunPhase.Builder,
                    Started_at = System.DateTimeOffset.Parse("2026-01-12T10:00:00Z"),
                    Ended_at = System.DateTimeOffset.Parse("2026-01-12T10:04:30Z"),
                    Outcome = PhaseOutcome.Success,
                });
                await api.PutPhaseMetricAsync(runId, $"{runId}.reviewer.1", new PhaseMetricFact
                {
                    Phase = RunPhase.Reviewer,
                    Started_at = System.DateTimeOffset.Parse("2026-01-12T10:04:30Z"),
                    Outcome = PhaseOutcome.Changes_requested,
                    Metadata = new Dictionary<string, object> { ["findings"] = 3 },
                });
                await api.PutRunAsync(runId, new RunFact
                {
                    Project_id = projectId,
                    Work_order_id = "wo-7",
                    Status = RunStatus.Succeeded,
                    Labels = new Dictionary<string, string> { ["model"] = "opus" },
                });

                var metrics = await api.ListPhaseMetricsAsync(runId);
                var summary = await api.SummarizeProjectAsync(projectId, recent: 1, as_of: null);
                using var exported = await api.ExportAsync(repo: projectId, since: null, until: null);
                var lines = new MemoryStream();
                await exported.Stream.CopyToAsync(lines);
                lines.Position = 0;
                var report = await api.ImportAsync(lines);
                var problem = await Refuse(api, projectId, runId);
                return $"{string.Join(' ', metrics.Select(metric => $"{metric.Phase} {metric.Outcome} {metric.Duration_seconds} {metric.Metadata?["findings"]}"))}"
                    + $" | {summary.Recent_runs.Single().Run_id} {summary.Recent_runs.Single().Status} | {report.Unchanged} | {problem.Status} {problem.Reason}";
            }

            private static async Task<ProblemDetails> Refuse(RunMetricsApi api, string projectId, string runId)
            {
                try
                {
                    await api.PutRunAsync(runId, new RunFact { Project_id = projectId, Work_order_id = "another" });
                    return new ProblemDetails();
                }
                catch (ApiException<ProblemDetails> refused)
                {
                    return refused.Result;
                }
            }
        }
        """;

    private readonly Dictionary<CSharpJsonLibrary, Assembly> _clients = [];

    [TestCase(CSharpJsonLibrary.SystemTextJson)]
    [TestCase(CSharpJsonLibrary.NewtonsoftJson)]
    public async Task Client_generated_by_NSwag_sends_the_bodies_of_the_README_and_reads_the_answers(CSharpJsonLibrary library)
    {
        var assembly = await CompileClientAsync(library);
        var runId = NewId();

        var told = await (Task<string>)assembly.GetType("Session")!.GetMethod("RunAsync")!.Invoke(null, [Client, $"acme/{runId}", runId])!;

        told.ShouldBe($"Builder Success 270  Reviewer Changes_requested  3 | {runId} Succeeded | 3 | 409 Conflict");
    }

    [Test]
    public async Task Client_generated_by_NSwag_has_each_enumeration_once()
    {
        var assembly = await CompileClientAsync(CSharpJsonLibrary.SystemTextJson);

        assembly.GetTypes().Where(type => type.IsEnum).Select(type => type.Name)
            .ShouldBe(["RunPhase", "PhaseOutcome", "RunStatus", "FactRejectionReason"], ignoreOrder: true);
    }

    private async Task<Assembly> CompileClientAsync(CSharpJsonLibrary library)
    {
        if (_clients.TryGetValue(library, out var compiled))
        {
            return compiled;
        }

        var document = await NSwag.OpenApiDocument.FromJsonAsync((await GetAsync("openapi/v1.json")).Body);
        var settings = new CSharpClientGeneratorSettings { ClassName = "RunMetricsApi", UseBaseUrl = false };
        settings.CSharpGeneratorSettings.Namespace = "Generated";
        settings.CSharpGeneratorSettings.JsonLibrary = library;

        // Before version 9, System.Text.Json could not name the members of an enumeration.
        settings.CSharpGeneratorSettings.JsonLibraryVersion = Environment.Version.Major;
        var code = new CSharpClientGenerator(document, settings).GenerateFile();

        var references = ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator).Select(file => MetadataReference.CreateFromFile(file));
        var compilation = CSharpCompilation.Create(
            $"Client{library}",
            [CSharpSyntaxTree.ParseText(code), CSharpSyntaxTree.ParseText(Session)],
            references,
            new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary));
        using var image = new MemoryStream();
        var result = compilation.Emit(image);

        result.Diagnostics.Where(diagnostic => diagnostic.Severity == DiagnosticSeverity.Error).Select(diagnostic => diagnostic.ToString()).ShouldBeEmpty();
        return _clients[library] = Assembly.Load(image.ToArray());
    }
}
