namespace RunMetrics.Data.Context;

/// <summary>The rules of a row in the SQL of a database, so that a foreign writer cannot store what the library would refuse.</summary>
internal abstract class RowChecks
{
    /// <summary>An id of a run, a work order or a phase metric, or the name of a label.</summary>
    public abstract string Id(string column);

    /// <summary>The id of a project.</summary>
    public abstract string ProjectId(string column);

    /// <summary>Any text that is not empty and has no NUL.</summary>
    /// <param name="column">The column.</param>
    /// <param name="maxLength">How many characters it has at most.</param>
    public abstract string Text(string column, int maxLength);

    /// <summary>An instant in whole milliseconds, of the years 1 to 9999.</summary>
    public abstract string Instant(string column);

    /// <summary>A whole number from <paramref name="least"/> that fits an <see cref="int"/>.</summary>
    public abstract string WholeNumber(string column, int least);

    /// <summary>A JSON object.</summary>
    /// <param name="column">The column.</param>
    /// <param name="maxBytes">How many bytes of UTF-8 it has at most.</param>
    public abstract string JsonObject(string column, int maxBytes);

    /// <summary>One of the names of a vocabulary.</summary>
    public static string OneOf(string column, IEnumerable<string> names) => $"{column} IN ({List(names)})";

    /// <summary>Names as a list of SQL.</summary>
    public static string List(IEnumerable<string> names) => string.Join(", ", names.Select(name => $"'{name}'"));

    /// <summary>A check that a value passes too when there is none.</summary>
    public static string OrNull(string column, string check) => $"{column} IS NULL OR ({check})";
}
