using Npgsql;
using NUnit.Framework;
using RunMetrics.Data.Databases;
using RunMetrics.Data.PostgreSql;
using RunMetrics.Data.Sqlite;
using Shouldly;

namespace RunMetrics.Tests.Data.PostgreSql;

[Parallelizable(ParallelScope.All)]
public sealed class PostgreSqlLocationTests
{
    private const string Secret = "s3cr3t";

    [TestCase("Host=h;Database=d", "postgresql://h/d")]
    [TestCase("server = h; port = 5433; database = d; user id = u; password = s3cr3t", "postgresql://u@h:5433/d")]
    [TestCase("Host=h1:5440,h2;Database=d;Port=5441", "postgresql://h1:5440,h2:5441/d")]
    [TestCase("Host=::1;Port=5433;Database=d", "postgresql://[::1]:5433/d")]
    [TestCase("Host=/var/run/postgresql;Port=5433;Database=d", "postgresql:///var/run/postgresql/d")]
    [TestCase("postgresql://u:s3cr3t@h/d", "postgresql://u@h/d")]
    [TestCase("postgres://h:5433/d", "postgresql://h:5433/d")]
    [TestCase("POSTGRES://[fd00::1]:5433/d", "postgresql://[fd00::1]:5433/d")]
    [TestCase("postgresql://[::1]/d", "postgresql://[::1]/d")]
    [TestCase("postgresql://h1:5432,h2:5433/d", "postgresql://h1:5432,h2:5433/d")]
    [TestCase("postgresql:///d?host=%2Ftmp&user=u%20v", "postgresql://u v@/tmp/d")]
    public void Resolve_server_is_named_without_a_password(string connectionString, string name)
    {
        var location = DatabaseChoice.Resolve(connectionString).ShouldBeOfType<PostgreSqlLocation>();

        location.Name.ShouldBe(name);
        location.ToString().ShouldBe(name);
        location.ConnectionStringWithoutSecrets.ShouldNotContain(Secret);
        location.ConnectionString.Contains(Secret, StringComparison.Ordinal).ShouldBe(connectionString.Contains(Secret, StringComparison.Ordinal));
    }

    [Test]
    public void Parse_address_with_all_its_parts_is_read_as_libpq_reads_it()
    {
        var options = Options(
            "postgresql://us%40er:p%40s%3As%2F@h1:5432,h2:5433/my%20db?sslmode=verify-full&target_session_attrs=primary&connect_timeout=7"
            + "&application_name=a%26b&channel_binding=require&sslrootcert=%2Fca.pem&options=-c%20search_path%3Dmetrics");

        (options.Username, options.Password, options.Host, options.Database).ShouldBe(("us@er", "p@s:s/", "h1:5432,h2:5433", "my db"));
        (options.SslMode, options.TargetSessionAttributes, options.Timeout).ShouldBe((SslMode.VerifyFull, "primary", 7));
        (options.ApplicationName, options.ChannelBinding, options.RootCertificate).ShouldBe(("a&b", ChannelBinding.Require, "/ca.pem"));
        options.Options.ShouldBe("-c search_path=metrics");
    }

    [TestCase("Host=h;Database=d", 100, "RunMetrics", 15, null, 10)]
    [TestCase("Host=h1,h2;Database=d", 100, "RunMetrics", 5, "primary", 1)]
    [TestCase("Host=h;Database=d;Max Auto Prepare=0;ApplicationName=other;Timeout=15", 0, "other", 15, null, 10)]
    [TestCase(
        "Host=h1,h2;Database=d;Max Auto Prepare=0;Application Name=other;Timeout=15;Target Session Attributes=any;Host Recheck Seconds=10",
        0, "other", 15, "any", 10, Description = "The defaults of Npgsql, but given.")]
    [TestCase("postgres://h1,h2/d?connect_timeout=15&application_name=other&target_session_attrs=standby", 100, "other", 15, "standby", 1)]
    public void Parse_what_is_given_is_kept_and_the_rest_has_defaults(
        string connectionString, int maxAutoPrepare, string application, int timeout, string? session, int recheck)
    {
        var options = Options(connectionString);

        (options.MaxAutoPrepare, options.ApplicationName, options.Timeout).ShouldBe((maxAutoPrepare, application, timeout));
        (options.TargetSessionAttributes, options.HostRecheckSeconds).ShouldBe((session, recheck));
    }

    [TestCase("Host=h", "names no database")]
    [TestCase("Host=;Database=d;Password=s3cr3t", "names no host")]
    [TestCase("postgresql:///d", "names no host")]
    [TestCase("postgresql://u:s3cr3t@h", "names no database")]
    [TestCase("postgresql://u:s3cr3t@h/", "names no database")]
    [TestCase("postgresql://u:s3cr3t@h/d?colour=red", "the parameter colour is not known; accepted: application_name, ")]
    [TestCase("postgresql://u:s3cr3t@h/d?sslmode=s3cr3tly", "SSL Mode")]
    [TestCase("postgresql://u:s3/cr3t@h/d", "%2F", Description = "Its password would be part of the database's name.")]
    [TestCase("postgresql://u:a?cr3t=b@h/d", "%3F", Description = "Its password would be a parameter.")]
    [TestCase("postgresql://u:a@b/cr3t@h/d", "%40")]
    [TestCase("Host=h;Databse=d", "databse")]
    [TestCase("Host=h;Database=d;Port=many;Password=s3cr3t", "Port")]
    [TestCase("Host=h;Database=d;Password=abc;cr3t=d", "in quotes", Description = "Its password would be a keyword.")]
    [TestCase("Host=h;Database=d;Password='s3cr3t", "cannot be read")]
    public void Resolve_what_names_no_database_is_refused_in_one_line_that_holds_no_password(string connectionString, string reason)
    {
        var exception = Should.Throw<DatabaseRefusedException>(() => DatabaseChoice.Resolve(connectionString));

        exception.Message.ShouldStartWith("ConnectionStrings:RunMetrics ");
        exception.Message.ShouldContain(reason, Case.Insensitive);
        exception.Message.ShouldContain("accepted: ");
        exception.Message.ShouldNotContain("cr3t");
        exception.Message.ShouldNotContain("\n");
    }

    [TestCase("Host=h:many;Database=d;Password=s3cr3t")]
    [TestCase("postgresql://u:s3cr3t@h1:1,h2:many/d")]
    [TestCase("Host=h1,h2;Database=d;Multiplexing=true;Password=s3cr3t")]
    [TestCase("Host=h;Database=d;Multiplexing=true;Pooling=false;Password=s3cr3t")]
    public void CreateProvider_options_that_do_not_go_together_are_refused(string connectionString)
    {
        var location = DatabaseChoice.Resolve(connectionString);

        var exception = Should.Throw<DatabaseRefusedException>(() => location.CreateProvider().Dispose());

        exception.Message.ShouldStartWith($"The database {location.Name} is refused: its options cannot be used");
        exception.Message.ShouldNotContain(Secret);
    }

    [TestCase("Host=h;Database=d;Target Session Attributes=primary")]
    [TestCase("postgresql://h/d?target_session_attrs=read-write")]
    public void CreateProvider_one_host_may_be_asked_for_its_role(string connectionString) =>
        Should.NotThrow(() => DatabaseChoice.Resolve(connectionString).CreateProvider().Dispose());

    [TestCase("runs.db")]
    [TestCase("/tmp/postgres/runs.db")]
    [TestCase("Host.db")]
    public void Named_path_is_a_file(string path) => DatabaseChoice.Named(path, "--database").ShouldBeOfType<SqliteLocation>();

    [Test]
    public void Named_server_that_cannot_be_read_is_refused_with_the_name_of_the_option() =>
        Should.Throw<DatabaseRefusedException>(() => DatabaseChoice.Named("postgresql://h", "--database")).Message.ShouldStartWith("--database names no database");

    [TestCase(null)]
    [TestCase(" ")]
    [TestCase("Data Source=host.db")]
    public void Resolve_no_server_is_a_file(string? connectionString) => DatabaseChoice.Resolve(connectionString).ShouldBeOfType<SqliteLocation>();

    private static NpgsqlConnectionStringBuilder Options(string connectionString) =>
        new(PostgreSqlLocation.Parse(connectionString, "test").ConnectionString);
}
