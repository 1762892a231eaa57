using NUnit.Framework;
using RunMetrics.Runner.Display;
using RunMetrics.Tests.Support;
using Shouldly;

namespace RunMetrics.Tests.Runner.Display;

public sealed class DisplayTextTests
{
    [TestCase("""{"files_changed":3,"lines_added":2,"lines_removed":1}""", "+2 -1 in 3 files")]
    [TestCase("""{"files_changed":1}""", "1 file changed")]
    [TestCase("""{"tests_total":120,"tests_passed":117}""", "117 of 120 tests passed")]
    [TestCase("""{"tests_total":120}""", "120 tests")]
    [TestCase("""{"reason":"exception","exception_type":"System.IO.IOException","exception_message":"The disk is gone."}""", "exception, The disk is gone.")]
    [TestCase("{}", "")]
    public void Notes_say_what_the_metadata_say_and_no_more(string metadata, string notes) =>
        DisplayText.Notes(SampleFacts.Json(metadata)).ShouldBe(notes);
}
