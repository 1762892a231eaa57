using NUnit.Framework;
using RunMetrics.Runner.Git;
using Shouldly;

namespace RunMetrics.Tests.Runner.Git;

[Parallelizable(ParallelScope.All)]
public sealed class BranchNameTests
{
    [TestCase("032-providers", "032-providers")]
    [TestCase("WO:1", "WO-1")]
    [TestCase("a..b", "a-b")]
    [TestCase(".hidden.", "hidden")]
    [TestCase("x.lock", "x-lock")]
    [TestCase("..", "-")]
    public void Segment_of_an_id_is_what_git_takes(string id, string expected) => BranchName.Segment(id).ShouldBe(expected);

    [TestCase("", 0, 0, 0)]
    [TestCase("3\t1\tapp.txt\0-\t-\timage.png\010\t0\ta\tb.txt\0", 3, 13, 1)]
    public void Parse_of_numstat_adds_up_the_lines(string numstat, int files, long added, long removed) =>
        ChangeSize.Parse(numstat).ShouldBe(new ChangeSize(files, added, removed));
}
