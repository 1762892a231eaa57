using Microsoft.Data.Sqlite;
using RunMetrics.Data.Context;
using RunMetrics.Data.Databases;

namespace RunMetrics.Data.Sqlite;

/// <summary>Makes the tables of counts anew, with all that keeps them.</summary>
internal static class CountRebuild
{
    /// <summary>Makes them.</summary>
    /// <returns>What was done, a line for each table.</returns>
    /// <exception cref="DatabaseRefusedException">There is no such file, it cannot be written, or what is to be counted is not whole.</exception>
    public static Task<IReadOnlyList<string>> RebuildAsync(
        SqliteLocation location, RunMetricsDbContext context, IProgress<string>? progress, CancellationToken cancellationToken) => LongWork.DoAsync(
        location,
        connection =>
        {
            progress?.Report("waiting for others to finish writing");
            using var transaction = connection.BeginTransaction();
            if (SqliteInspection.FindProblemOfFacts(connection, context) is { } problem)
            {
                throw DatabaseRefusedException.For(location, problem);
            }

            var done = Rebuild(connection, progress);
            cancellationToken.ThrowIfCancellationRequested();
            transaction.Commit();
            SqliteInspection.MoveLogOnClose(connection, true);
            return Task.FromResult<IReadOnlyList<string>>(done);
        },
        cancellationToken);

    private static List<string> Rebuild(SqliteConnection connection, IProgress<string>? progress)
    {
        SqliteInspection.Execute(connection, $"{HistogramSchema.Drop}\n{HistogramSchema.CreateTables}");
        var done = new List<string>();
        foreach (var (table, sql) in HistogramStatements.Recounts("main"))
        {
            progress?.Report($"counting {table} anew");
            SqliteInspection.Execute(connection, sql);
            done.Add($"{table}: {SqliteInspection.ReadColumn(connection, $"SELECT count(*) FROM main.{table}").Single()} rows counted anew");
        }

        SqliteInspection.Execute(connection, HistogramSchema.CreateTriggers);
        return done;
    }
}
