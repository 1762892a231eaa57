using NUnit.Framework;
using RunMetrics.Data.Databases;
using RunMetrics.Data.Sqlite;
using Shouldly;

namespace RunMetrics.Tests.Recorder;

public sealed class RecorderLocationTests
{
    private static readonly string Default = SqliteLocation.Resolve(null).Name;

    [TestCase("runs.db", "runs.db")]
    [TestCase("folder/runs.db", "folder/runs.db")]
    [TestCase("Data Source=runs.db;Pooling=False", "runs.db")]
    [TestCase("data source=a=b.db", "a=b.db")]
    [TestCase("Data Source=localhost:5080", "localhost:5080")]
    public void Find_file_or_connection_string_is_a_database(string target, string file)
    {
        var location = RecorderLocation.Find(target, Settings([("RUNMETRICS_SERVER", "http://localhost:1")]));

        location.Server.ShouldBeNull();
        location.Database.ShouldNotBeNull().Name.ShouldBe(Path.GetFullPath(file));
    }

    [TestCase("http://localhost:5080")]
    [TestCase("https://metrics.example/prefix/")]
    [TestCase("HTTPS://metrics.example")]
    public void Find_address_is_a_server(string target) =>
        RecorderLocation.Find(target, Settings([])).ShouldBe(new RecorderLocation(Database: null, new Uri(target)));

    [TestCase("")]
    [TestCase("  ")]
    [TestCase("ftp://metrics.example")]
    [TestCase("http://")]
    [TestCase("localhost:5080")]
    [TestCase("metrics.example:5080/prefix")]
    public void Find_anything_else_is_refused_with_what_is_accepted(string target)
    {
        var exception = Should.Throw<ArgumentException>(() => RecorderLocation.Find(target, Settings([])));

        exception.Message.ShouldStartWith(
            $"target is '{target}'; accepted: a file, a connection string such as 'Data Source=runs.db' or 'Host=db;Database=runs', postgresql://USER@HOST/NAME, or an http or https address, such as ");
        exception.ParamName.ShouldBe("target");
    }

    [TestCase("Source=runs.db", "which cannot be read")]
    [TestCase("Data Source=:memory:", "which names no file that can be written")]
    public void Find_connection_string_that_cannot_be_used_is_refused_in_the_words_of_the_caller(string target, string reason) =>
        Should.Throw<DatabaseRefusedException>(() => RecorderLocation.Find(target, Settings([]))).Message.ShouldStartWith($"target is '{target}', {reason}");

    [Test]
    public void Find_without_a_target_takes_the_first_that_the_settings_name()
    {
        (string, string) section = ("RunMetrics:Server", "http://localhost:1");
        (string, string) variable = ("RUNMETRICS_SERVER", "http://localhost:2");
        (string, string) database = ("ConnectionStrings:RunMetrics", "Data Source=runs.db");

        Found([section, variable, database]).ShouldBe("http://localhost:1/");
        Found([variable, database]).ShouldBe("http://localhost:2/");
        Found([database]).ShouldBe(Path.GetFullPath("runs.db"));
        Found([("RunMetrics:Server", ""), ("RUNMETRICS_SERVER", ""), ("ConnectionStrings:RunMetrics", "")]).ShouldBe(Default);
        Found([]).ShouldBe(Default);
    }

    [Test]
    public void Find_server_of_the_settings_that_is_no_address_names_the_setting() =>
        Should.Throw<ArgumentException>(() => Found([("RUNMETRICS_SERVER", "metrics.example")])).Message.ShouldStartWith(
            "RUNMETRICS_SERVER is 'metrics.example'; accepted: an http or https address, such as http://localhost:5080.");

    private static string Found((string Name, string Value)[] settings)
    {
        var location = RecorderLocation.Find(target: null, Settings(settings));
        return location.Server?.ToString() ?? location.Database!.Name;
    }

    private static Func<string, string?> Settings((string Name, string Value)[] settings) =>
        name => settings.Where(setting => setting.Name == name).Select(setting => setting.Value).SingleOrDefault();
}
