using System.Text.RegularExpressions;
using NUnit.Framework;
using RunMetrics.Tests.Support;
using Shouldly;

namespace RunMetrics.Tests.Docs;

public sealed partial class RecordingSnippetsTests
{
    private static readonly string[] WithSnippets = ["README.md", "docs/recording.md"];

    [TestCaseSource(nameof(WithSnippets))]
    public async Task Snippets_of_the_documents_are_compiled(string document)
    {
        var compiled = Flatten(await File.ReadAllTextAsync(Repository.File("RunMetrics.Tests", "Docs", "RecordingSnippets.cs")));

        var snippets = CSharp().Matches(await File.ReadAllTextAsync(Repository.File(document.Split('/'))));

        snippets.ShouldNotBeEmpty();
        snippets.Select(snippet => Flatten(snippet.Groups["code"].Value)).ShouldAllBe(snippet => compiled.Contains(snippet, StringComparison.Ordinal));
    }

    /// <summary>Lines without their indentation.</summary>
    private static string Flatten(string code) => string.Join('\n', code.Trim().Split('\n').Select(line => line.Trim()));

    [GeneratedRegex("^```csharp\r?\n(?<code>.*?)^```", RegexOptions.Multiline | RegexOptions.Singleline, matchTimeoutMilliseconds: 1000)]
    private static partial Regex CSharp();
}
