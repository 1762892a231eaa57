using NUnit.Framework;
using RunMetrics.Domain.Storage;
using RunMetrics.Tests.Support;
using Shouldly;

namespace RunMetrics.Tests.Domain.Storage;

[Category(TestCategories.Unit)]
public sealed class ProjectAccessTests
{
    [Test]
    public void Allows_all_is_true_for_any_project()
    {
        ProjectAccess.All.Allows("bop").ShouldBeTrue();
        ProjectAccess.All.ProjectIds.ShouldBeNull();
    }

    [Test]
    public void Allows_some_is_true_for_exactly_these()
    {
        var access = ProjectAccess.Only(["bop", "owner/repo"]);

        access.Allows("bop").ShouldBeTrue();
        access.Allows("owner/repo").ShouldBeTrue();
        access.Allows("Bop").ShouldBeFalse();
        access.Allows("owner").ShouldBeFalse();
        access.ProjectIds.ShouldBe(["bop", "owner/repo"], ignoreOrder: true);
    }

    [Test]
    public void Allows_none_is_false_for_any_project() => ProjectAccess.Only([]).Allows("bop").ShouldBeFalse();
}
