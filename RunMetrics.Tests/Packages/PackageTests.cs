using System.IO.Compression;
using System.Xml.Linq;
using NUnit.Framework;
using RunMetrics.Tests.Support;
using Shouldly;

namespace RunMetrics.Tests.Packages;

/// <summary>What <c>dotnet pack</c> makes is used as a stranger would use it: in an empty folder outside of the sources.</summary>
public sealed class PackageTests
{
    private static readonly string[] Libraries =
    [
        "RunMetrics.Client", "RunMetrics.Data", "RunMetrics.Data.PostgreSql", "RunMetrics.Domain", "RunMetrics.Recorder",
    ];

    private PackageFolder _folder = null!;
    private string _tools = null!;

    private string Tool => Path.Combine(_tools, "runmetrics");

    [OneTimeSetUp]
    public async Task PackAsync()
    {
        _folder = await PackageFolder.PackAsync();
        _tools = _folder.MakeEmpty("tools");
        await _folder.RunAsync(_tools, "dotnet", "tool", "install", "RunMetrics.Runner", "--tool-path", _tools);
    }

    [OneTimeTearDown]
    public void Delete() => _folder?.Dispose();

    [Test]
    public void Pack_makes_the_libraries_and_the_tool_in_one_version() => Directory.EnumerateFiles(_folder.Packages, "*.nupkg")
        .Select(file => Path.GetFileNameWithoutExtension(file))
        .ShouldBe(Libraries.Append("RunMetrics.Runner").Select(id => $"{id}.{Repository.Version}"), ignoreOrder: true);

    [Test]
    public void Changelog_tells_of_the_version() =>
        File.ReadAllText(Repository.File("CHANGELOG.md")).ShouldContain($"\n## {Repository.Version} ");

    [TestCaseSource(nameof(Libraries))]
    public void Library_has_documentation_symbols_readme_and_licence(string id)
    {
        var (metadata, files) = Open(id, "nupkg");
        var (_, symbols) = Open(id, "snupkg");

        string[] needed = [$"lib/net10.0/{id}.xml", Value(metadata, "readme"), "LICENSE"];
        needed.ShouldBeSubsetOf(files, StringComparer.Ordinal);
        symbols.ShouldContain(file => file == $"lib/net10.0/{id}.pdb");
        Value(metadata, "license").ShouldBe("MIT");
        Value(metadata, "description").ShouldContain("RunMetrics", Case.Sensitive);
        Element(metadata, "repository").Attribute("type")!.Value.ShouldBe("git");
        Element(metadata, "repository").Attribute("commit")!.Value.Length.ShouldBe(40);
    }

    [TestCaseSource(nameof(Libraries))]
    public void Library_depends_on_others_of_exactly_its_version_and_on_nothing_of_the_build(string id)
    {
        var dependencies = Open(id, "nupkg").Metadata.Descendants().Where(element => element.Name.LocalName == "dependency")
            .Select(element => (Id: element.Attribute("id")!.Value, Version: element.Attribute("version")!.Value))
            .ToList();

        foreach (var (dependency, version) in dependencies)
        {
            if (dependency.StartsWith("RunMetrics", StringComparison.Ordinal))
            {
                version.ShouldBe($"[{Repository.Version}]", dependency);
            }

            dependency.ShouldNotContain("Analyzer");
            dependency.ShouldNotContain("Design");
        }
    }

    [Test]
    public async Task Program_of_the_readme_in_an_empty_project_records_a_run_that_the_tool_shows()
    {
        var program = _folder.MakeEmpty("my-runner");
        await _folder.RunAsync(program, "dotnet", "new", "console");
        await _folder.RunAsync(program, "dotnet", "add", "package", "RunMetrics.Recorder");
        await File.WriteAllTextAsync(Path.Combine(program, "Program.cs"), DocumentPage.ListPrograms("README.md").First());

        var said = await _folder.RunAsync(program, "dotnet", "run");

        var shown = await _folder.RunAsync(program, Tool, "show", said.Split("recorded ")[1].Trim(), "--database", "runs.db", "--json");
        shown.ShouldContain("\"phase\":\"builder\"");
        shown.ShouldContain("\"outcome\":\"success\"");
        (await _folder.RunAsync(program, Tool, "stats", "--project", "acme/shop", "--database", "runs.db")).ShouldContain("1 succeeded");
    }

    [Test]
    public async Task Tool_installed_from_its_package_works_the_demo()
    {
        await _folder.RunAsync(_tools, Tool, "demo", "--database", "demo.db");

        (await _folder.RunAsync(_tools, Tool, "runs", "--database", "demo.db")).ShouldContain("succeeded");
        (await _folder.RunAsync(_tools, Tool, "--version")).Split('+')[0].ShouldBe(Repository.Version);
    }

    private (XDocument Metadata, IReadOnlyList<string> Files) Open(string id, string extension)
    {
        using var package = ZipFile.OpenRead(Path.Combine(_folder.Packages, $"{id}.{Repository.Version}.{extension}"));
        using var nuspec = package.Entries.Single(entry => entry.FullName.EndsWith(".nuspec", StringComparison.Ordinal)).Open();
        return (XDocument.Load(nuspec), [.. package.Entries.Select(entry => entry.FullName)]);
    }

    private static XElement Element(XDocument metadata, string name) => metadata.Descendants().Single(element => element.Name.LocalName == name);

    private static string Value(XDocument metadata, string name) => Element(metadata, name).Value;
}
