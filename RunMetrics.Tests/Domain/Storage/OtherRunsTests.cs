using NUnit.Framework;
using RunMetrics.Domain.Facts;
using RunMetrics.Domain.Runs;
using RunMetrics.Domain.Storage;
using RunMetrics.Tests.Support;
using Shouldly;

namespace RunMetrics.Tests.Domain.Storage;

[Category(TestCategories.Unit)]
public sealed class OtherRunsTests
{
    private const int MaxCount = 10_000;

    private static readonly FactResult Other = Conflict("project_id");

    [TestCase("project_id", true)]
    [TestCase("work_order_id", true)]
    [TestCase("started_at", true)]
    [TestCase("status", false)]
    [TestCase("ended_at", false)]
    public void Contains_a_run_that_contradicts_what_is_recorded_is_another_by_what_it_is_not_by_its_end(string field, bool isOther)
    {
        var runs = new OtherRuns();

        runs.Note(SampleFacts.Run("r"), Conflict(field));
        runs.Note(SampleFacts.Run("s"), Conflict("status", field));

        runs.Contains("r").ShouldBe(isOther);
        runs.Contains("s").ShouldBe(isOther);
        runs.Contains("R").ShouldBeFalse();
    }

    [Test]
    public void Contains_a_run_of_a_project_that_the_caller_may_not_touch_is_another()
    {
        var runs = new OtherRuns();

        runs.Note(SampleFacts.Run("r"), FactResult.UnknownProject("bop"));

        runs.Contains("r").ShouldBeTrue();
    }

    [Test]
    public void Contains_a_run_refused_for_another_reason_is_no_other()
    {
        var runs = new OtherRuns();

        runs.Note(SampleFacts.Run("r"), FactResult.Rejected(FactRejectionReason.Invalid, new FactError("project_id", "x", "y")));

        runs.Contains("r").ShouldBeFalse();
    }

    [Test]
    public void Contains_the_recorded_run_stated_again_is_no_other_any_more()
    {
        foreach (var result in new[] { FactResult.Created, FactResult.Updated, FactResult.Unchanged, Conflict("status") })
        {
            var runs = new OtherRuns();
            runs.Note(SampleFacts.Run("r"), Other);
            runs.Note(SampleFacts.Run("s"), Other);

            runs.Note(SampleFacts.Run("r"), result);

            runs.Contains("r").ShouldBeFalse();
            runs.Contains("s").ShouldBeTrue();
        }
    }

    [Test]
    public void Contains_more_others_than_are_kept_refuses_the_phases_of_every_run()
    {
        var runs = new OtherRuns();
        for (var number = 0; number < MaxCount; number++)
        {
            runs.Note(SampleFacts.Run($"r{number}"), Other);
        }

        runs.Contains("r9999").ShouldBeTrue();
        runs.Contains("never seen").ShouldBeFalse();

        runs.Note(SampleFacts.Run("one more"), Other);

        runs.Contains("one more").ShouldBeTrue();
        runs.Contains("never seen").ShouldBeTrue();
    }

    private static FactResult Conflict(params string[] fields) =>
        FactResult.Rejected(FactRejectionReason.Conflict, [.. fields.Select(field => new FactError(field, "x", "y"))]);
}
