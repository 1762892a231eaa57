using System.Text.RegularExpressions;

namespace RunMetrics.Tests.Support;

/// <summary>What stands on a page of the documents.</summary>
internal static partial class DocumentPage
{
    /// <summary>Its pieces of C#, in their order, each a whole program.</summary>
    /// <param name="page">The path of the page from the root of the sources.</param>
    public static IEnumerable<string> ListPrograms(string page) => ListBlocks(page, "csharp");

    /// <summary>Its blocks of a language, in their order.</summary>
    /// <param name="page">The path of the page from the root of the sources.</param>
    /// <param name="language">The language that the block is marked with.</param>
    public static IEnumerable<string> ListBlocks(string page, string language) => Block().Matches(File.ReadAllText(Repository.File(page.Split('/'))))
        .Where(match => match.Groups["language"].Value == language)
        .Select(match => match.Groups["code"].Value);

    [GeneratedRegex("^```(?<language>[a-z]*)\r?\n(?<code>.*?)^```", RegexOptions.Multiline | RegexOptions.Singleline, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Block();
}
