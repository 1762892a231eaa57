using System.Text;
using CsCheck;
using NUnit.Framework;
using RunMetrics.Domain.Facts;
using RunMetrics.Tests.Support;
using Shouldly;

namespace RunMetrics.Tests.Domain.Facts;

[Category(TestCategories.Unit)]
public sealed class FactReaderTests
{
    private const string RunLine =
        """{"run":{"id":"r","project_id":"bop","work_order_id":"032","status":"succeeded","started_at":"2026-01-12T09:00:00.000Z","ended_at":"2026-01-12T09:30:00.000Z"}}""";

    private const string PhaseMetricLine =
        """{"phase_metric":{"id":"m","run_id":"r","phase":"builder","iteration":2,"started_at":"2026-01-12T09:00:00.000Z","ended_at":"2026-01-12T09:01:30.000Z","duration_seconds":90,"outcome":"success","metadata":{"files":[1,{"a":"\u00e9"}],"b":null}}}""";

    [Test]
    public void ReadLine_a_run_is_read_whole()
    {
        var reading = Read(RunLine);

        reading.Errors.ShouldBeEmpty();
        reading.Fact.ShouldBe(SampleFacts.EndedRun("r"));
    }

    [Test]
    public void ReadLine_a_phase_metric_is_read_whole()
    {
        var reading = Read(PhaseMetricLine);

        reading.Errors.ShouldBeEmpty();
        var fact = reading.Fact.ShouldBeOfType<PhaseMetricFact>();
        (fact with { Metadata = null }).ShouldBe(SampleFacts.ClosedPhase("m", "r") with { Iteration = 2 });
        fact.Metadata.ShouldNotBeNull().GetProperty("files")[1].GetProperty("a").GetString().ShouldBe("é");
    }

    [Test]
    public void ReadLine_labels_are_read_in_the_order_of_their_names()
    {
        var reading = Read(RunLine.Replace("}}", ""","labels":{"size":"s","model":"opus \u00e9","Agent":"{}"}}}""", StringComparison.Ordinal));

        reading.Errors.ShouldBeEmpty();
        reading.Fact.ShouldBeOfType<RunFact>().Labels!.Select(label => $"{label.Key}={label.Value}").ShouldBe(["Agent={}", "model=opus é", "size=s"]);
    }

    [TestCase("[]", "labels is '[]'; accepted: a JSON object of text to text with at most 16 names, or null.")]
    [TestCase("\"model\"", "labels is '\"model\"'; accepted: a JSON object of text to text with at most 16 names, or null.")]
    [TestCase("{\"model\":1}", "labels.model is '1'; accepted: text, 1 to 128 characters of valid Unicode without NUL.")]
    [TestCase("{\"model\":null}", "labels.model is 'null'; accepted: text, 1 to 128 characters of valid Unicode without NUL.")]
    [TestCase("{\"model\":{\"name\":\"opus\"}}", "labels.model is '{\"name\":\"opus\"}'; accepted: text, 1 to 128 characters of valid Unicode without NUL.")]
    [TestCase("{\"model\":\"\\ud800\"}", "labels.model is '\"\\ud800\"'; accepted: text, 1 to 128 characters of valid Unicode without NUL.")]
    [TestCase("{\"model\":\"opus\",\"model\":\"opus\"}", "labels.model is 'opus'; accepted: the name once.")]
    [TestCase("{\"\\ud800\":\"opus\"}", "labels is '\\ud800'; accepted: names of valid Unicode.")]
    public void ReadLine_labels_that_are_no_texts_by_name_are_refused_by_name(string labels, string message) =>
        Read(RunLine.Replace("}}", $",\"labels\":{labels}}}}}", StringComparison.Ordinal)).Errors.ShouldHaveSingleItem().Message.ShouldBe(message);

    [TestCase("")]
    [TestCase(" ")]
    [TestCase("null")]
    [TestCase("[]")]
    [TestCase("{}")]
    [TestCase("\"run\"")]
    [TestCase("{\"run\":{}")]
    [TestCase("{\"run\":{}} {}")]
    [TestCase("{\"run\":{}} // comment")]
    [TestCase("{\"run\":{},}")]
    [TestCase("{\"run\":{},\"run\":{}}")]
    [TestCase("{\"run\":{},\"phase_metric\":{}}")]
    [TestCase("{\"Run\":{}}")]
    [TestCase("{\"runs\":{}}")]
    [TestCase("{\"run\\ud800\":{}}")]
    [TestCase("{\"\\ud800\":{}}")]
    [TestCase("{\"phase_metric\\udc00\":{}}")]
    public void ReadLine_no_fact_says_what_a_line_is(string line)
    {
        var reading = Read(line);

        reading.Fact.ShouldBeNull();
        var error = reading.Errors.ShouldHaveSingleItem();
        error.Field.ShouldBe("line");
        error.Message.ShouldContain("phase_metric");
    }

    [TestCase("""{"run":null}""")]
    [TestCase("""{"run":[]}""")]
    [TestCase("""{"phase_metric":"x"}""")]
    [TestCase("""{"phase_metric":1}""")]
    public void ReadLine_a_fact_that_is_no_object_is_refused(string line)
    {
        var reading = Read(line);

        reading.Fact.ShouldBeNull();
        reading.Errors.ShouldHaveSingleItem().Message.ShouldContain("object");
    }

    [TestCase("""{"run":{"color":"red"}}""", "color", "project_id", TestName = "ReadLine_unknownField")]
    [TestCase("""{"run":{"Id":"r"}}""", "Id", "id", TestName = "ReadLine_otherCasingOfAField")]
    [TestCase("""{"run":{"iteration":1}}""", "iteration", "project_id", TestName = "ReadLine_fieldOfTheOtherFact")]
    [TestCase("""{"run":{"id":"r","id":"r"}}""", "id", "once", TestName = "ReadLine_fieldTwice")]
    [TestCase("""{"run":{"id":"r","\u0069d":"r"}}""", "id", "once", TestName = "ReadLine_fieldTwiceInDisguise")]
    [TestCase("""{"run":{"id":1}}""", "id", "text", TestName = "ReadLine_numberForText")]
    [TestCase("""{"run":{"id":true}}""", "id", "text", TestName = "ReadLine_truthForText")]
    [TestCase("""{"run":{"status":["running"]}}""", "status", "running", TestName = "ReadLine_listForText")]
    [TestCase("""{"run":{"started_at":1768212000}}""", "started_at", "offset", TestName = "ReadLine_numberForInstant")]
    [TestCase("""{"run":{"started_at":"2026-01-12T09:00:00"}}""", "started_at", "offset", TestName = "ReadLine_instantWithoutOffset")]
    [TestCase("""{"run":{"id":"\ud800"}}""", "id", "text", TestName = "ReadLine_halfACharacterInAnId")]
    [TestCase("""{"phase_metric":{"phase":"a\udfff"}}""", "phase", "text", TestName = "ReadLine_halfACharacterInAPhase")]
    [TestCase("""{"phase_metric":{"iteration":"1"}}""", "iteration", "whole number", TestName = "ReadLine_textForNumber")]
    [TestCase("""{"phase_metric":{"iteration":1.5}}""", "iteration", "whole number", TestName = "ReadLine_fractionForNumber")]
    [TestCase("""{"phase_metric":{"duration_seconds":2147483648}}""", "duration_seconds", "2147483647", TestName = "ReadLine_numberTooLarge")]
    [TestCase("""{"phase_metric":{"duration_seconds":1e400}}""", "duration_seconds", "2147483647", TestName = "ReadLine_numberBeyondAll")]
    [TestCase("""{"phase_metric":{"metadata":[]}}""", "metadata", "object", TestName = "ReadLine_listForMetadata")]
    [TestCase("""{"phase_metric":{"metadata":"{}"}}""", "metadata", "object", TestName = "ReadLine_textForMetadata")]
    public void ReadLine_field_that_cannot_be_taken_is_named(string line, string field, string accepted)
    {
        var reading = Read(line);

        var error = reading.Errors.ShouldHaveSingleItem();
        error.Field.ShouldBe(field);
        error.Message.ShouldContain(accepted);
    }

    [Test]
    public void ReadLine_a_name_that_is_half_a_character_is_reported_beside_the_rest()
    {
        var reading = Read("""{"run":{"\ud800":1,"id":2,"color":3,"project_id":"bop"}}""");

        reading.Errors.Count.ShouldBe(3);
        reading.Fact.ShouldBeOfType<RunFact>().ProjectId.ShouldBe("bop");
    }

    [Test]
    public void ReadLine_every_field_null_says_nothing() =>
        Read("""{"run":{"id":null,"project_id":null,"work_order_id":null,"status":null,"started_at":null,"ended_at":null}}""")
            .Fact.ShouldBe(new RunFact());

    [Test]
    public void ReadLine_nested_too_deeply_is_refused() =>
        Read($$$"""{"phase_metric":{"metadata":{"a":{{{new string('[', 100)}}}{{{new string(']', 100)}}} } } }""").Fact.ShouldBeNull();

    [Test]
    public void ReadRun_other_id_than_the_address_is_refused()
    {
        var reading = FactReader.ReadRun(SampleFacts.Json("""{"id":"other"}"""), id: "r");

        var error = reading.Errors.ShouldHaveSingleItem();
        error.Message.ShouldStartWith("id is 'other'");
        error.Message.ShouldContain("'r'");
    }

    [Test]
    public void ReadPhaseMetric_ids_of_the_address_are_those_of_the_fact()
    {
        var reading = FactReader.ReadPhaseMetric(SampleFacts.Json("""{"run_id":"r"}"""), runId: "r", id: "m");

        reading.Errors.ShouldBeEmpty();
        reading.Fact.ShouldBe(new PhaseMetricFact { Id = "m", RunId = "r" });
    }

    [Test]
    public void ReadRun_nothing_at_all_is_refused() => FactReader.ReadRun(default).Errors.ShouldHaveSingleItem().Message.ShouldBe("fact is missing; accepted: a JSON object.");

    [Test]
    public void ReadLine_many_fields_that_cannot_be_taken_lists_twenty_and_counts_the_rest()
    {
        var unknown = string.Join(',', Enumerable.Range(0, 30).Select(number => $"\"f{number}\":{number}"));

        var reading = Read($$$"""{"run":{{{{unknown}}},"id":1,"id":2}}""");

        // What is wrong with a known field is said before any number of unknown ones.
        reading.Errors.Select(error => error.Field).ShouldBe(["id", "id", .. Enumerable.Range(0, 18).Select(number => $"f{number}")]);
        reading.OmittedErrors.ShouldBe(12);
    }

    [TestCase("""{"run":{"color":"red"}}""", "color is '\"red\"'; accepted: one of the fields id, project_id, work_order_id, status, started_at, ended_at, labels.")]
    [TestCase(
        """{"phase_metric":{"color":1}}""",
        "color is '1'; accepted: one of the fields id, run_id, phase, iteration, started_at, ended_at, duration_seconds, outcome, metadata.")]
    [TestCase("""{"run":{"\ud800":[1]}}""", "\\ud800 is '[1]'; accepted: a field name of valid Unicode.")]
    [TestCase("""{"run":{"id":1}}""", "id is '1'; accepted: text, 1 to 128 of A-Z a-z 0-9 . _ : -.")]
    [TestCase("""{"run":{"project_id":1}}""", "project_id is '1'; accepted: text, 1 to 128 of A-Z a-z 0-9 . _ : / -.")]
    [TestCase("""{"run":{"status":1}}""", "status is '1'; accepted: text, running, succeeded, failed, cancelled.")]
    [TestCase("""{"run":{"started_at":"now"}}""", "started_at is 'now'; accepted: an instant with its offset, such as 2026-01-12T10:00:00.000Z.")]
    [TestCase("""{"run":{"id":"a","id":"b"}}""", "id is '\"b\"'; accepted: the field once.")]
    [TestCase("""{"phase_metric":{"iteration":"x"}}""", "iteration is '\"x\"'; accepted: a whole number from 1 to 2147483647.")]
    [TestCase("""{"phase_metric":{"metadata":1}}""", "metadata is '1'; accepted: a JSON object of at most 16384 bytes and 60 levels, or null.")]
    [TestCase("""{"run":1}""", "fact is '1'; accepted: a JSON object.")]
    [TestCase("""{"walk":{}}""", """line is '{"walk":{}}'; accepted: a fact: {"run":{…}} or {"phase_metric":{…}}.""")]
    [TestCase("""[{},{}]""", """line is '[{},{}]'; accepted: a fact: {"run":{…}} or {"phase_metric":{…}}.""")]
    [TestCase("""{"run":x}""", """line is 'not JSON at byte 7'; accepted: a fact: {"run":{…}} or {"phase_metric":{…}}.""")]
    public void ReadLine_what_cannot_be_taken_is_said_with_what_could(string line, string message) =>
        Read(line).Errors.ShouldHaveSingleItem().Message.ShouldBe(message);

    [Test]
    public void ReadLine_bytes_that_are_no_text_are_shown_with_a_substitute()
    {
        byte[] line = [.. "{\"run\":{\"id\":\""u8, 0xff, .. "\"}}"u8];

        FactReader.ReadLine(line).Errors.ShouldHaveSingleItem().Message.ShouldStartWith("id is '\"\ufffd\"'; accepted: text, ");
    }

    [Test]
    public void ReadPhaseMetric_other_ids_than_the_address_are_refused_and_those_of_the_address_hold()
    {
        var reading = FactReader.ReadPhaseMetric(SampleFacts.Json("""{"id":"x","run_id":"y"}"""), runId: "r", id: "m");

        reading.Errors.Select(error => error.Message).ShouldBe(["id is 'x'; accepted: 'm', as in the address.", "run_id is 'y'; accepted: 'r', as in the address."]);
        reading.Fact.ShouldBe(new PhaseMetricFact { Id = "m", RunId = "r" });
    }

    [Test]
    public void ReadRun_the_id_of_the_address_is_that_of_the_fact()
    {
        FactReader.ReadRun(SampleFacts.Json("{}"), id: "r").Fact.ShouldBe(new RunFact { Id = "r" });
        FactReader.ReadRun(SampleFacts.Json("""{"id":"r"}"""), id: "r").Errors.ShouldBeEmpty();
    }

    [Test]
    public void ReadLine_metadata_as_deep_as_is_accepted_is_read()
    {
        // The metadata has 60 levels, itself the first; the line adds two, and a parser reads 64.
        var deepest = $"{new string('[', 59)}{new string(']', 59)}";

        var reading = Read($$$"""{"phase_metric":{"metadata":{"a":{{{deepest}}} } } }""");

        reading.Errors.ShouldBeEmpty();
        PhaseMetadata.FindFault(reading.Fact.ShouldBeOfType<PhaseMetricFact>().Metadata.ShouldNotBeNull()).ShouldBeNull();
    }

    [TestCase("""{"run":{"id":"r","project_id":"bop","work_order_id":"032","status":"succeeded","started_at":"2026-01-12T09:00:00.000Z","ended_at":"2026-01-12T09:30:00.000Z","labels":{"agent":"é","model":"opus"}}}""")]
    [TestCase("""{"run":{"id":"r","project_id":null,"work_order_id":null,"status":null,"started_at":null,"ended_at":null,"labels":null}}""")]
    [TestCase("""{"phase_metric":{"id":"m","run_id":"r","phase":"test","iteration":2,"started_at":"2026-01-12T09:00:00.000Z","ended_at":null,"duration_seconds":null,"outcome":null,"metadata":{"a":["é"]}}}""")]
    public void ToLine_what_was_read_is_the_line_again(string line) => Encoding.UTF8.GetString(FactWriter.ToLine(Read(line).Fact!)).ShouldBe(line);

    [Test]
    public void ReadLine_any_bytes_never_throws_and_always_says_something() =>
        Gen.Byte.Array[0, 60].Sample(ReadsOrRefuses);

    [Test]
    public void ReadLine_valid_line_damaged_anywhere_never_throws_and_always_says_something()
    {
        var damage = Gen.OneOf(
            Gen.OneOf("", "\"", "\\", "\\ud800", "\\u0000", "{", "}", "[", "]", ",", ":", "null", "1e999", "-", "\0", "id", "\"id\":1,", "\ufeff"),
            Gen.String[0, 4]);
        var damaged = Gen.Select(Gen.OneOf(RunLine, PhaseMetricLine), Gen.Int[0, 1000], Gen.Int[0, 8], damage, (line, at, length, text) =>
        {
            var start = at % line.Length;
            return line.Remove(start, Math.Min(length, line.Length - start)).Insert(start, text);
        });

        damaged.Sample(line => ReadsOrRefuses(Encoding.UTF8.GetBytes(line)), iter: 5000);
    }

    [Test]
    public void ReadLine_valid_line_with_one_byte_changed_never_throws_and_always_says_something() =>
        Gen.Select(Gen.OneOf(RunLine, PhaseMetricLine), Gen.Int[0, 1000], Gen.Byte).Sample(
            (line, at, value) =>
            {
                var bytes = Encoding.UTF8.GetBytes(line);
                bytes[at % bytes.Length] = value;
                return ReadsOrRefuses(bytes);
            },
            iter: 5000);

    private static bool ReadsOrRefuses(byte[] line)
    {
        var reading = FactReader.ReadLine(line);
        return (reading.Fact is not null || reading.Errors.Count > 0) && reading.Errors.All(error => error.Message.StartsWith(error.Field, StringComparison.Ordinal) && error.Message.Contains("; accepted: ", StringComparison.Ordinal));
    }

    private static FactReading Read(string line) => FactReader.ReadLine(Encoding.UTF8.GetBytes(line));
}
