using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;

namespace RunMetrics.Runner.Commands;

/// <summary>A command whose help ends with examples of its use.</summary>
/// <param name="name">Its name.</param>
/// <param name="description">What it does, in a line.</param>
/// <param name="examples">Whole command lines, each of which the command takes as it stands.</param>
internal sealed class ExampleCommand(string name, string description, params IReadOnlyList<string> examples) : Command(name, description)
{
    /// <summary>The examples.</summary>
    public IReadOnlyList<string> Examples => examples;
}

/// <summary>The usual help of a command, and then its examples; of a command that has none, those of the first command below it.</summary>
/// <param name="usual">The usual help.</param>
internal sealed class ExampleHelp(HelpAction usual) : SynchronousCommandLineAction
{
    /// <summary>Puts it in place of the usual help of a command and of all below it.</summary>
    public static void UseFor(RootCommand root)
    {
        var help = root.Options.OfType<HelpOption>().Single();
        help.Action = new ExampleHelp((HelpAction)help.Action!);
    }

    /// <inheritdoc />
    public override int Invoke(ParseResult parseResult)
    {
        var exitCode = usual.Invoke(parseResult);
        var output = parseResult.InvocationConfiguration.Output;
        output.WriteLine("Examples:");
        foreach (var example in ExamplesOf(parseResult.CommandResult.Command))
        {
            output.WriteLine($"  {example}");
        }

        return exitCode;
    }

    private static IEnumerable<string> ExamplesOf(Command command) => command is ExampleCommand { Examples: var examples }
        ? examples
        : command.Subcommands.Select(below => ExamplesOf(below).First());
}
