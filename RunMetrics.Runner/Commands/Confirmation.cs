using System.CommandLine;
using RunMetrics.Runner.Exit;

namespace RunMetrics.Runner.Commands;

/// <summary>Asks the person at the terminal before something is deleted or replaced.</summary>
internal static class Confirmation
{
    /// <summary>Does it without asking.</summary>
    public static Option<bool> MakeYes() => new("--yes", "-y") { Description = "Do not ask" };

    /// <summary>Refuses what nobody could be asked about, before anything is done.</summary>
    /// <param name="isGiven">True when the answer was given beforehand.</param>
    /// <exception cref="RefusedException">There is no terminal to ask at.</exception>
    public static void RequireTerminal(bool isGiven)
    {
        if (!isGiven && Console.IsInputRedirected)
        {
            throw new RefusedException("This asks before it deletes, and standard input is no terminal; --yes does it without asking.");
        }
    }

    /// <summary>Asks.</summary>
    /// <param name="question">What is about to be done, with a question mark.</param>
    /// <param name="isGiven">True when the answer was given beforehand.</param>
    /// <param name="cancellationToken">Ends the wait for an answer.</param>
    /// <returns>True to do it.</returns>
    public static async Task<bool> AskAsync(string question, bool isGiven, CancellationToken cancellationToken)
    {
        RequireTerminal(isGiven);
        if (isGiven)
        {
            return true;
        }

        await Console.Error.WriteAsync($"{question} [y/N] ");
        var answer = await Task.Run(Console.ReadLine, cancellationToken).WaitAsync(cancellationToken);
        return answer?.Trim().ToUpperInvariant() is "Y" or "YES";
    }
}
