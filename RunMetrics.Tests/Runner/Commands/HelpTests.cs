using System.CommandLine;
using System.CommandLine.Parsing;
using NUnit.Framework;
using RunMetrics.Runner.Commands;
using RunMetrics.Tests.Support;
using Shouldly;

namespace RunMetrics.Tests.Runner.Commands;

[Parallelizable(ParallelScope.All)]
public sealed class HelpTests
{
    private static IEnumerable<string> Paths => ListCommands(Root).Select(RunnerCommands.PathOf);

    private static RootCommand Root { get; } = RunnerCommands.Make(TimeProvider.System);

    [TestCaseSource(nameof(Paths))]
    public void Help_of_a_command_ends_with_examples_that_it_takes(string path)
    {
        var help = ShowHelp(path);

        var examples = help[(help.LastIndexOf("Examples:\n", StringComparison.Ordinal) + "Examples:\n".Length)..]
            .Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        examples.ShouldNotBeEmpty();
        foreach (var example in examples)
        {
            example.ShouldStartWith(path);
            Root.Parse(WordsOf(example)).Errors.Select(error => error.Message).ShouldBeEmpty(example);
        }
    }

    [TestCaseSource(nameof(Paths))]
    public void Help_of_an_option_names_one_default_at_most(string path)
    {
        var command = ListCommands(Root).Single(each => RunnerCommands.PathOf(each) == path);
        var help = ShowHelp(path);

        foreach (var option in command.Options.Where(option => option.HelpName is not null))
        {
            var text = help[help.IndexOf($"{option.Name} <{option.HelpName}>", StringComparison.Ordinal)..];
            var end = text.IndexOf("\n  -", StringComparison.Ordinal);
            (end < 0 ? text : text[..end]).Split("[default: ").Length.ShouldBeLessThanOrEqualTo(2, option.Name);
        }
    }

    [TestCaseSource(nameof(Paths))]
    public void Page_of_the_runner_names_every_command_with_its_options(string path)
    {
        var page = File.ReadAllText(Repository.File("docs", "runner.md"));
        var command = ListCommands(Root).Single(each => RunnerCommands.PathOf(each) == path);
        if (command.Subcommands.Count > 0)
        {
            return;
        }

        // The synopsis goes on in lines that are indented.
        var synopsis = page.Split("\nrunmetrics ").FirstOrDefault(text => $"runmetrics {text}".StartsWith($"{path} ", StringComparison.Ordinal));
        synopsis.ShouldNotBeNull(path);
        command.Options.Where(option => !option.Recursive).Select(option => option.Name).ShouldAllBe(name => synopsis.Contains(name, StringComparison.Ordinal));
    }

    private static IEnumerable<Command> ListCommands(Command command) => command.Subcommands.SelectMany(ListCommands).Prepend(command);

    private static string ShowHelp(string path)
    {
        using var output = new StringWriter();
        Root.Parse([.. WordsOf(path), "--help"]).Invoke(new InvocationConfiguration { Output = output });
        return output.ToString().ReplaceLineEndings("\n");
    }

    /// <summary>The words behind the name of the program.</summary>
    private static string[] WordsOf(string line) => [.. CommandLineParser.SplitCommandLine(line).Skip(1)];
}
