using NUnit.Framework;
using RunMetrics.Domain.Facts;
using RunMetrics.Domain.Runs;
using RunMetrics.Tests.Support;
using Shouldly;

namespace RunMetrics.Tests.Domain.Runs;

[Category(TestCategories.Unit)]
public sealed class FactResultTests
{
    [Test]
    public void UnknownRun_a_phase_of_it_is_refused_by_the_name_of_the_run()
    {
        var rejection = FactResult.UnknownRun("r").Rejection.ShouldNotBeNull();

        rejection.Reason.ShouldBe(FactRejectionReason.UnknownRun);
        rejection.Errors.ShouldBe([new FactError("run_id", "run_id is 'r'; accepted: the id of a recorded run.")]);
    }

    [Test]
    public void UnknownProject_a_run_of_it_is_refused_by_the_name_of_the_project()
    {
        var rejection = FactResult.UnknownProject("p").Rejection.ShouldNotBeNull();

        rejection.Reason.ShouldBe(FactRejectionReason.UnknownProject);
        rejection.Errors.ShouldBe([new FactError("project_id", "project_id is 'p'; accepted: a project that the caller may write.")]);
    }
}
