using System.CommandLine;
using RunMetrics.Runner.Git;
using RunMetrics.Runner.Loop;
using RunMetrics.Runner.Output;

namespace RunMetrics.Runner.Commands;

/// <summary><c>runmetrics resume</c>: goes on with a run whose program was killed.</summary>
internal static class ResumeCommand
{
    /// <summary>Makes the command.</summary>
    public static Command Make(TimeProvider time)
    {
        var runId = new Argument<string>("RUN_ID") { Description = "The id of the run" };
        var database = CommonOptions.MakeDatabase();
        database.Description = "The database file; by default the run goes on where it was recorded";
        var json = CommonOptions.MakeJson();
        var command = new Command("resume", "Go on with a run whose program was killed, at the phase that was lost") { runId, database, json };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var id = parsed.GetRequiredValue(runId);
            var folder = RunFolder.For(id);
            using var journal = RunJournal.Continue(folder, id);
            var plan = journal.State.Plan;
            var repository = await GitRepository.OpenAsync(plan.Repository, cancellationToken);
            var place = parsed.GetValue(database) is { } file ? RecordingPlace.Find(file, server: null) : plan.RecordedTo;
            await using var target = await RecordingTarget.OpenAsync(place, time, cancellationToken);
            var screen = new Screen(parsed.GetValue(json), time);
            return await new Conduct(target, screen, time).WorkAsync(
                plan, parsed.GetValue(json), session => session.ResumeAsync(journal, folder, repository, cancellationToken));
        });
        return command;
    }
}
