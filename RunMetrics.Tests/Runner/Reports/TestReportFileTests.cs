using NUnit.Framework;
using RunMetrics.Runner.Reports;
using RunMetrics.Tests.Support;
using Shouldly;

namespace RunMetrics.Tests.Runner.Reports;

[Parallelizable(ParallelScope.All)]
public sealed class TestReportFileTests
{
    [Test]
    public void Read_trx_takes_the_counters_and_counts_what_was_not_executed_as_skipped() => Read(
        """
        <?xml version="1.0" encoding="utf-8"?>
        <TestRun xmlns="http://microsoft.com/schemas/VisualStudio/TeamTest/2010"><ResultSummary outcome="Failed">
        <Counters total="10" executed="8" passed="5" failed="2" error="0" timeout="1" aborted="0" inconclusive="0" />
        </ResultSummary></TestRun>
        """).ShouldBe(new TestTotals(5, 3, 2));

    [Test]
    public void Read_junit_counts_the_test_cases_whatever_the_suites_say() => Read(
        """
        <!DOCTYPE testsuites>
        <testsuites tests="99"><testsuite tests="3"><properties/><testcase name="a"/><testcase name="b"><error message="e"/><system-out>x</system-out></testcase>
        <testsuite><testcase name="c"><skipped/></testcase><testcase name="d"><failure/><failure/></testcase></testsuite></testsuite></testsuites>
        """).ShouldBe(new TestTotals(1, 2, 1));

    [TestCase("<coverage line-rate=\"1\"/>")]
    [TestCase("<testsuite><testcase>")]
    [TestCase("not xml")]
    [TestCase("")]
    [TestCase("<TestRun><Counters total=\"many\"/></TestRun>")]
    public void Read_of_anything_else_is_null(string content) => Read(content).ShouldBeNull();

    private static TestTotals? Read(string content)
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.File("report.xml"), content);
        return TestReportFile.Read(folder.File("report.xml"));
    }
}
