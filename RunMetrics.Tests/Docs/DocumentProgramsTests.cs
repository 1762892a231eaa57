using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.Data.Sqlite;
using NUnit.Framework;
using RunMetrics.Tests.Support;
using RunMetrics.Tests.Support.ChildCommands;
using Shouldly;

namespace RunMetrics.Tests.Docs;

/// <summary>Every piece of C# on a page is a whole program: it compiles as it stands there, in a console project as <c>dotnet new</c> makes it.</summary>
public sealed class DocumentProgramsTests
{
    /// <summary>Their programs record to a file, and so can be run.</summary>
    private static readonly string[] LocalPages = ["README.md", "docs/recording.md", "RunMetrics.Recorder/README.md"];

    private static readonly string[] Pages =
    [
        .. LocalPages, "docs/remote-recording.md", "RunMetrics.Client/README.md", "RunMetrics.Data/README.md", "RunMetrics.Data.PostgreSql/README.md",
    ];

    /// <summary>The usings of a new console project.</summary>
    private const string ImplicitUsings =
        """
        global using System;
        global using System.Collections.Generic;
        global using System.IO;
        global using System.Linq;
        global using System.Net.Http;
        global using System.Threading;
        global using System.Threading.Tasks;
        """;

    private static readonly Lazy<MetadataReference[]> References = new(() =>
        [.. ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator).Select(file => MetadataReference.CreateFromFile(file))]);

    private static IEnumerable<TestCaseData> Programs() => ProgramsOf(Pages);

    /// <summary>Those that record to a file, and so can be run.</summary>
    private static IEnumerable<TestCaseData> LocalPrograms() => ProgramsOf(LocalPages);

    [TestCaseSource(nameof(Programs))]
    public void Program_of_a_page_compiles_as_it_stands_there(string code) => Compile(code).GetDiagnostics()
        .Where(diagnostic => diagnostic.Severity >= DiagnosticSeverity.Warning)
        .Select(diagnostic => diagnostic.ToString())
        .ShouldBeEmpty();

    [TestCaseSource(nameof(LocalPrograms))]
    public async Task Program_of_a_page_records_a_run(string code)
    {
        using var folder = new TemporaryFolder();
        var program = folder.File("program.dll");
        Compile(code).Emit(program).Success.ShouldBeTrue();
        using var process = OwnedProcess.StartDotnet(
            typeof(ChildCommand).Assembly.Location,
            ["run-program", program],
            new Dictionary<string, string?>(StringComparer.Ordinal)
            {
                ["ConnectionStrings__RunMetrics"] = "Data Source=runs.db",
                ["RUNMETRICS_SERVER"] = null,
            },
            folder.Path);

        (await process.WaitForExitAsync()).ShouldBe(0, process.Errors);

        await using var database = new SqliteConnection($"Data Source={folder.File("runs.db")};Pooling=False");
        await database.OpenAsync();
        await using var command = database.CreateCommand();
        command.CommandText = "SELECT project_id, ended_at IS NOT NULL, (SELECT count(*) FROM run_phase_metrics WHERE outcome IS NULL) FROM runs";
        await using var rows = await command.ExecuteReaderAsync();
        (await rows.ReadAsync()).ShouldBeTrue();
        (rows.GetString(0), rows.GetInt64(1), rows.GetInt64(2)).ShouldBe(("acme/shop", 1, 0));
    }

    private static IEnumerable<TestCaseData> ProgramsOf(IEnumerable<string> pages) => pages.SelectMany(page =>
        DocumentPage.ListPrograms(page).Select((code, i) => new TestCaseData(code).SetArgDisplayNames(page, $"{i + 1}")));

    private static CSharpCompilation Compile(string code) => CSharpCompilation.Create(
        "program",
        [CSharpSyntaxTree.ParseText(code), CSharpSyntaxTree.ParseText(ImplicitUsings)],
        References.Value,
        new CSharpCompilationOptions(OutputKind.ConsoleApplication, nullableContextOptions: NullableContextOptions.Enable));
}
