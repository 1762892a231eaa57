using NUnit.Framework;
using RunMetrics.Domain.Storage;
using RunMetrics.Tests.Support;
using Shouldly;

namespace RunMetrics.Tests.Domain.Storage;

[Category(TestCategories.Unit)]
public sealed class ProjectAccessTests
{
    [Test]
    public void Allows_all_isTrueForAnyProject()
    {
        ProjectAccess.All.Allows("bop").ShouldBeTrue();
        ProjectAccess.All.ProjectIds.ShouldBeNull();
    }

    [Test]
    public void Allows_some_isTrueForExactlyThese()
    {
        var access = ProjectAccess.Only(["bop", "owner/repo"]);

        access.Allows("bop").ShouldBeTrue();
        access.Allows("owner/repo").ShouldBeTrue();
        access.Allows("Bop").ShouldBeFalse();
        access.Allows("owner").ShouldBeFalse();
        access.ProjectIds.ShouldBe(["bop", "owner/repo"], ignoreOrder: true);
    }

    [Test]
    public void Allows_none_isFalseForAnyProject() => ProjectAccess.Only([]).Allows("bop").ShouldBeFalse();
}
