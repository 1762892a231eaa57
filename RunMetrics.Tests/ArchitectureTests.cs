using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using Mono.Cecil;
using NetArchTest.Rules;
using NUnit.Framework;
using RunMetrics.Api.Controllers;
using RunMetrics.Client;
using RunMetrics.Data;
using RunMetrics.Data.PostgreSql;
using RunMetrics.Domain.Facts;
using RunMetrics.Tests.Support;
using Shouldly;

namespace RunMetrics.Tests;

/// <summary>Which project and which folder may know which: data flows one way.</summary>
[Parallelizable(ParallelScope.All)]
public sealed partial class ArchitectureTests
{
    private static readonly Assembly DomainAssembly = typeof(Fact).Assembly;
    private static readonly Assembly DataAssembly = typeof(OpenedDatabase).Assembly;
    private static readonly Assembly PostgreSqlAssembly = typeof(PostgreSqlLocation).Assembly;
    private static readonly Assembly ClientAssembly = typeof(RunMetricsClientOptions).Assembly;
    private static readonly Assembly RecorderAssembly = typeof(RunMetricsServices).Assembly;
    private static readonly Assembly ApiAssembly = typeof(RunsController).Assembly;
    private static readonly Assembly RunnerAssembly = Assembly.Load("runmetrics");

    private static readonly Assembly[] Assemblies =
    [
        DomainAssembly, DataAssembly, PostgreSqlAssembly, ClientAssembly, RecorderAssembly, ApiAssembly, RunnerAssembly,
    ];

    private static readonly object[] AllowedReferences =
    [
        new object[] { DomainAssembly, Array.Empty<Assembly>() },
        new object[] { DataAssembly, new[] { DomainAssembly } },
        new object[] { PostgreSqlAssembly, new[] { DomainAssembly, DataAssembly } },
        new object[] { ClientAssembly, new[] { DomainAssembly } },
        new object[] { RecorderAssembly, new[] { DomainAssembly, DataAssembly, PostgreSqlAssembly, ClientAssembly } },
        new object[] { ApiAssembly, new[] { DomainAssembly, DataAssembly, PostgreSqlAssembly } },
        new object[] { RunnerAssembly, new[] { DomainAssembly, DataAssembly, PostgreSqlAssembly, ClientAssembly, RecorderAssembly } },
    ];

    [TestCaseSource(nameof(AllowedReferences))]
    public void Project_among_the_others_references_only_those_below_it(Assembly project, Assembly[] below) =>
        project.GetReferencedAssemblies().Select(reference => reference.Name!)
            .Where(name => Assemblies.Any(assembly => assembly.GetName().Name == name))
            .ShouldBeSubsetOf(below.Select(assembly => assembly.GetName().Name!), StringComparer.Ordinal);

    [TestCase("RunMetrics.Domain", "Microsoft.EntityFrameworkCore", "Microsoft.AspNetCore", "Microsoft.Data.Sqlite", "Microsoft.Extensions.DependencyInjection", "System.Net.Http", "OpenTelemetry")]
    [TestCase("RunMetrics.Data", "Microsoft.AspNetCore", "System.Net.Http", "Npgsql", "OpenTelemetry")]
    [TestCase("RunMetrics.Data.PostgreSql", "Microsoft.AspNetCore", "System.Net.Http", "Microsoft.Data.Sqlite", "OpenTelemetry")]
    [TestCase("RunMetrics.Client", "Microsoft.AspNetCore", "Microsoft.EntityFrameworkCore", "Microsoft.Data.Sqlite", "Npgsql", "OpenTelemetry")]
    [TestCase("RunMetrics.Recorder", "Microsoft.AspNetCore", "Microsoft.EntityFrameworkCore", "Microsoft.Data.Sqlite", "Npgsql", "System.Net.Http", "OpenTelemetry")]
    [TestCase("RunMetrics.Api", "Microsoft.EntityFrameworkCore", "Microsoft.Data.Sqlite", "Npgsql")]
    [TestCase("runmetrics", "Microsoft.AspNetCore", "Microsoft.EntityFrameworkCore", "Microsoft.Data.Sqlite", "Npgsql")]
    public void Project_outside_of_the_house_does_not_know_what_is_not_its_matter(string project, params string[] outside) =>
        Assembly.Load(project).GetReferencedAssemblies().Select(reference => reference.Name!)
            .ShouldNotContain(name => outside.Any(prefix => name.StartsWith(prefix, StringComparison.Ordinal)));

    [TestCaseSource(nameof(Assemblies))]
    public void Folders_of_a_project_know_each_other_in_one_direction(Assembly project)
    {
        var folderOf = FoldersOfTypes(project);
        var folders = project.GetTypes()
            .Where(type => !type.IsNested && folderOf.ContainsKey(type.FullName!))
            .GroupBy(type => folderOf[type.FullName!], type => type.FullName!, StringComparer.Ordinal)
            .ToDictionary(folder => folder.Key, folder => folder.ToArray(), StringComparer.Ordinal);
        var known = folders.Keys.ToDictionary(
            folder => folder,
            folder => folders.Keys.Where(other => other != folder && Knows(project, folders[folder], folders[other])).ToArray(),
            StringComparer.Ordinal);

        known.Values.ShouldContain(others => others.Length > 0 || folders.Count == 1);
        var inACircle = known.Keys.Where(folder => Reach(known, folder).Contains(folder, StringComparer.Ordinal))
            .Select(folder => $"{folder} -> {string.Join(", ", known[folder])}");

        inACircle.ShouldBeEmpty();
    }

    [TestCaseSource(nameof(Assemblies))]
    public void Classes_of_a_project_are_sealed_or_abstract(Assembly project)
    {
        // Static classes are abstract and sealed to the runtime; what EF Core generates lies in folders of its own.
        var open = project.GetTypes()
            .Where(type => type.IsClass && !type.IsSealed && !type.IsAbstract)
            .Where(type => type.Namespace is not null && !type.Namespace.EndsWith(".Migrations", StringComparison.Ordinal) && !type.Namespace.EndsWith(".CompiledModel", StringComparison.Ordinal))
            .Where(type => !type.Namespace!.StartsWith("Microsoft", StringComparison.Ordinal))
            .Where(type => !type.IsDefined(typeof(CompilerGeneratedAttribute)))
            .Select(type => type.FullName);

        open.ShouldBeEmpty();
    }

    private static bool Knows(Assembly project, string[] types, string[] typesOfOther) =>
        Types.InAssembly(project).That().MeetCustomRule(new IsOneOf(types)).And().HaveDependencyOnAny(typesOfOther).GetTypes().Any();

    /// <summary>
    /// The folder that each type is declared in, as the sources have it: what the author of a runner names lies in several folders and one namespace.
    /// </summary>
    private static Dictionary<string, string> FoldersOfTypes(Assembly project)
    {
        var root = Repository.File(project == RunnerAssembly ? "RunMetrics.Runner" : project.GetName().Name!);
        return Directory.EnumerateFiles(root, "*.cs", SearchOption.AllDirectories)
            .Select(file => (Folder: Path.GetDirectoryName(Path.GetRelativePath(root, file))!, Code: File.ReadAllText(file)))
            .Where(source => source.Folder.Split(Path.DirectorySeparatorChar)[0] is not ("obj" or "bin"))
            .SelectMany(source => Declaration().Matches(source.Code), (source, type) => (source.Folder, Name: NameOf(source.Code, type)))
            .DistinctBy(type => type.Name, StringComparer.Ordinal)
            .ToDictionary(type => type.Name, type => type.Folder, StringComparer.Ordinal);
    }

    private static string NameOf(string code, Match type) =>
        $"{Namespace().Match(code).Groups["name"].Value}.{type.Groups["name"].Value}{(type.Groups["parameter"].Success ? "`1" : "")}";

    [GeneratedRegex(@"^namespace (?<name>[\w.]+)", RegexOptions.Multiline | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Namespace();

    [GeneratedRegex(@"^(public|internal)[\w ]* (class|record|struct|interface|enum) (?<name>\w+)(?<parameter><)?", RegexOptions.Multiline | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Declaration();

    private static HashSet<string> Reach(Dictionary<string, string[]> known, string start)
    {
        var reached = new HashSet<string>(StringComparer.Ordinal);
        var open = new Stack<string>(known[start]);
        while (open.TryPop(out var next))
        {
            if (reached.Add(next))
            {
                Array.ForEach(known[next], open.Push);
            }
        }

        return reached;
    }

    /// <summary>Types by their names, with all that is nested in them.</summary>
    private sealed class IsOneOf(string[] names) : ICustomRule
    {
        private readonly HashSet<string> _names = [.. names];

        public bool MeetsRule(TypeDefinition type) => _names.Contains(type.DeclaringType is null ? type.FullName : type.FullName.Split('/')[0]);
    }
}
