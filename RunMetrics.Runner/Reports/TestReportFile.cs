using System.Globalization;
using System.Xml;

namespace RunMetrics.Runner.Reports;

/// <summary>Reads the totals of a TRX or JUnit file. Tests are counted one by one, because not every writer of JUnit files adds them up.</summary>
internal static class TestReportFile
{
    private static readonly XmlReaderSettings Settings = new() { DtdProcessing = DtdProcessing.Ignore, XmlResolver = null };

    /// <summary>The totals of a report; null for a file that is none, or none that can be read.</summary>
    public static TestTotals? Read(string path)
    {
        try
        {
            using var stream = File.OpenRead(path);
            using var reader = XmlReader.Create(stream, Settings);
            return reader.MoveToContent() == XmlNodeType.Element
                ? reader.LocalName switch
                {
                    "TestRun" => ReadTrx(reader),
                    "testsuites" or "testsuite" => ReadJUnit(reader),
                    _ => null,
                }
                : null;
        }
        catch (Exception exception) when (exception is XmlException or IOException or UnauthorizedAccessException or FormatException or OverflowException)
        {
            return null;
        }
    }

    private static TestTotals? ReadTrx(XmlReader reader)
    {
        if (!reader.ReadToFollowing("Counters", reader.NamespaceURI))
        {
            return null;
        }

        var total = Attribute(reader, "total");
        var passed = Attribute(reader, "passed");
        var failed = Attribute(reader, "failed") + Attribute(reader, "error") + Attribute(reader, "timeout") + Attribute(reader, "aborted");
        return new TestTotals(passed, failed, Math.Max(0, total - passed - failed));
    }

    private static TestTotals ReadJUnit(XmlReader reader)
    {
        var totals = new TestTotals(0, 0, 0);
        while (reader.ReadToFollowing("testcase"))
        {
            using var test = reader.ReadSubtree();
            totals += ReadTestCase(test);
        }

        return totals;
    }

    private static TestTotals ReadTestCase(XmlReader test)
    {
        var (failed, skipped) = (false, false);
        while (test.Read())
        {
            if (test is { NodeType: XmlNodeType.Element, Depth: 1 })
            {
                failed |= test.LocalName is "failure" or "error";
                skipped |= test.LocalName == "skipped";
            }
        }

        return failed ? new TestTotals(0, 1, 0) : skipped ? new TestTotals(0, 0, 1) : new TestTotals(1, 0, 0);
    }

    private static int Attribute(XmlReader reader, string name) =>
        int.Parse(reader.GetAttribute(name) ?? "0", NumberStyles.None, CultureInfo.InvariantCulture);
}

/// <summary>How the tests of one run of them came out.</summary>
/// <param name="Passed">Tests that passed.</param>
/// <param name="Failed">Tests that failed, whatever way.</param>
/// <param name="Skipped">Tests that were not executed.</param>
internal sealed record TestTotals(int Passed, int Failed, int Skipped)
{
    /// <summary>All tests.</summary>
    public int Total => Passed + Failed + Skipped;

    /// <summary>The totals of two reports together.</summary>
    public static TestTotals operator +(TestTotals first, TestTotals second) =>
        new(first.Passed + second.Passed, first.Failed + second.Failed, first.Skipped + second.Skipped);
}
