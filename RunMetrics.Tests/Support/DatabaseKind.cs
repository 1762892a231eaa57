namespace RunMetrics.Tests.Support;

/// <summary>The databases on which the tests of behaviour run, and expect the same answers: the argument of a fixture.</summary>
public enum DatabaseKind
{
    /// <summary>A file in a temporary folder.</summary>
    Sqlite,

    /// <summary>A database on the server of <see cref="PostgreSqlServer"/>.</summary>
    PostgreSql,
}
