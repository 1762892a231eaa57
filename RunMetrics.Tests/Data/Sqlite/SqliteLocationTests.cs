using NUnit.Framework;
using RunMetrics.Data.Databases;
using RunMetrics.Data.Sqlite;
using RunMetrics.Tests.Support;
using Shouldly;

namespace RunMetrics.Tests.Data.Sqlite;

[Parallelizable(ParallelScope.All)]
public sealed class SqliteLocationTests
{
    [TestCase(null)]
    [TestCase("")]
    [TestCase("  ")]
    public void Resolve_nothing_is_the_file_in_the_users_local_application_data(string? connectionString)
    {
        var location = SqliteLocation.Resolve(connectionString);

        location.FilePath.ShouldBe(Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData), "runmetrics.db"));
    }

    [Test]
    public void Resolve_a_file_is_that_file_with_the_other_settings()
    {
        using var folder = new TemporaryFolder();
        var file = folder.File("a b.db");

        var location = SqliteLocation.Resolve($"Data Source={file};Default Timeout=7");

        location.FilePath.ShouldBe(file);
        location.ConnectionString.ShouldContain(file);
        location.ConnectionString.ShouldContain("Timeout=7");
    }

    [TestCase("Data Source=runs.db")]
    [TestCase("Filename=./runs.db")]
    public void Resolve_relative_file_is_taken_from_the_working_directory(string connectionString)
    {
        var location = SqliteLocation.Resolve(connectionString);

        location.FilePath.ShouldBe(Path.Combine(Environment.CurrentDirectory, "runs.db"));
        location.ConnectionString.ShouldContain(location.FilePath);
    }

    [TestCase("Data Source=:memory:")]
    [TestCase("Data Source=:MEMORY:")]
    [TestCase("Data Source=runs.db;Mode=Memory")]
    [TestCase("Data Source=runs.db;Mode=ReadOnly")]
    [TestCase("Data Source=file:runs.db?mode=memory")]
    [TestCase("Data Source=")]
    [TestCase("Cache=Shared")]
    [TestCase("Host=localhost;Database=runs")]
    [TestCase("runs.db")]
    [TestCase("garbage\nof two lines")]
    public void Resolve_no_file_that_can_be_written_is_refused_in_one_line_that_says_what_to_set(string connectionString)
    {
        var exception = Should.Throw<DatabaseRefusedException>(() => SqliteLocation.Resolve(connectionString));

        exception.Message.ShouldContain("ConnectionStrings:RunMetrics");
        exception.Message.ShouldContain("Data Source=FILE");
        exception.Message.ShouldNotContain("\n");
    }
}
