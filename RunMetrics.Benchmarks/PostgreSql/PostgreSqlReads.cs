using System.Globalization;
using System.Text.Json;
using Npgsql;
using RunMetrics.Benchmarks.Generation;
using RunMetrics.Benchmarks.Histories;
using RunMetrics.Benchmarks.Reads;
using RunMetrics.Benchmarks.Reporting;
using RunMetrics.Data;
using RunMetrics.Data.Sqlite;

namespace RunMetrics.Benchmarks.PostgreSql;

/// <summary>
/// What reading takes in this process at each size of the history, against SQLite on the same rows, a scan by hand-written SQL and the smallest
/// history. In a round everything about a question is asked in turn, of every size.
/// </summary>
internal static class PostgreSqlReads
{
    private static readonly TimeSpan Duration = TimeSpan.FromSeconds(0.3);

    public static async Task MeasureAsync(int rounds, IReadOnlyList<(PostgreSqlHistory PostgreSql, History Sqlite)> histories)
    {
        var targets = new List<Target>();
        try
        {
            foreach (var (postgreSql, sqlite) in histories)
            {
                targets.Add(await Target.OpenAsync(postgreSql, sqlite));
            }

            var calls = new Table("in process", "metrics", "PostgreSQL, a call", "SQLite", "ratio of times, median (range)", "scan", "ratio of times");
            var growth = new Table("ratio of times, median (range)", "PostgreSQL", "SQLite");
            for (var question = 0; question < targets[0].Asked.Count; question++)
            {
                await Console.Error.WriteLineAsync($"Reading: {targets[0].Asked[question].Name} …");
                var times = await MeasureAsync(rounds, [.. targets.Select(target => target.Asked[question])]);
                foreach (var (target, ofTarget) in targets.Zip(times))
                {
                    calls.Add(
                        target.Asked[question].Name,
                        Figures.Count(target.Metrics),
                        Figures.Time(ofTarget[0]),
                        Figures.Time(ofTarget[1]),
                        Figures.Ratio(ofTarget[0], ofTarget[1]),
                        Figures.Time(ofTarget[2]),
                        Figures.Ratio(ofTarget[0], ofTarget[2]));
                }

                growth.Add(targets[0].Asked[question].Name, Figures.Ratio(times[^1][0], times[0][0]), Figures.Ratio(times[^1][1], times[0][1]));
            }

            calls.Print("PostgreSQL: reads in process");
            if (targets.Count > 1)
            {
                growth.Print($"PostgreSQL: reads at {Figures.Count(targets[^1].Metrics)} / at {Figures.Count(targets[0].Metrics)} metrics");
            }
        }
        finally
        {
            foreach (var target in targets)
            {
                await target.DisposeAsync();
            }
        }
    }

    /// <returns>For each size and each way the seconds of a call in each round.</returns>
    private static async Task<List<List<double>[]>> MeasureAsync(int rounds, IReadOnlyList<Asked> sizes)
    {
        var times = sizes.Select(_ => new List<double>[] { [], [], [] }).ToList();
        foreach (var size in sizes)
        {
            await CheckAsync(size);
        }

        for (var round = 0; round <= rounds; round++)
        {
            foreach (var (size, ofSize) in sizes.Zip(times))
            {
                foreach (var (way, askAsync) in size.Ways.Index())
                {
                    var seconds = await Pace.SecondsAsync(Duration, askAsync);
                    if (round > 0)
                    {
                        ofSize[way].Add(seconds);
                    }
                }
            }
        }

        return times;
    }

    /// <summary>Whoever measures different answers measures nothing.</summary>
    private static async Task CheckAsync(Asked asked)
    {
        var answer = JsonSerializer.Serialize(await asked.Ways[0]());
        foreach (var askAsync in asked.Ways.Skip(1))
        {
            if (JsonSerializer.Serialize(await askAsync()) is var other && other != answer)
            {
                throw new InvalidOperationException(string.Create(
                    CultureInfo.InvariantCulture, $"{asked.Name}: PostgreSQL answers {answer}, another way {other}."));
            }
        }
    }

    /// <summary>A question about a history.</summary>
    /// <param name="Name">What it is called in the tables.</param>
    /// <param name="Ways">The queries on PostgreSQL and on SQLite, and the scan, where there is one.</param>
    private sealed record Asked(string Name, IReadOnlyList<Func<Task<object?>>> Ways);

    /// <summary>A history in both databases.</summary>
    private sealed class Target : IAsyncDisposable
    {
        private const int RunsToList = 64;

        private readonly OpenedDatabase _postgreSql;
        private readonly OpenedDatabase _sqlite;
        private readonly NpgsqlConnection _connection;
        private readonly PostgreSqlScanReader _scan;

        private Target(int metrics, OpenedDatabase postgreSql, OpenedDatabase sqlite, NpgsqlConnection connection, IReadOnlyList<string> runIds)
        {
            Metrics = metrics;
            _postgreSql = postgreSql;
            _sqlite = sqlite;
            _connection = connection;
            _scan = new PostgreSqlScanReader(connection);
            Asked =
            [
                .. Question.Scopes.Select(scope => Ask(() => Question.Summary(scope.Name, scope.ProjectId), () => _scan.CountRunsAsync(scope.ProjectId))),
                .. Question.Scopes.Select(scope => Ask(() => Question.Statistics(scope.Name, scope.ProjectId), () => _scan.CountRunsAsync(scope.ProjectId))),
                Ask(() => Question.PhaseMetrics(runIds)),
                .. Question.Scopes.Select(scope => Ask(() => Question.Runs(scope.Name, scope.ProjectId))),
                Ask(() => Question.Projects),
            ];
        }

        /// <summary>How many phase metrics it has.</summary>
        public int Metrics { get; }

        /// <summary>The questions.</summary>
        public IReadOnlyList<Asked> Asked { get; }

        public static async Task<Target> OpenAsync(PostgreSqlHistory postgreSql, History sqlite)
        {
            // The scan is planned anew each time.
            var connection = new NpgsqlConnection(
                new NpgsqlConnectionStringBuilder(postgreSql.ConnectionString) { Pooling = false, MaxAutoPrepare = 0 }.ConnectionString);
            await connection.OpenAsync();
            return new Target(
                postgreSql.Metrics,
                await OpenedDatabase.OpenAsync(PostgreSqlHistory.Locate(postgreSql.ConnectionString)),
                await OpenedDatabase.OpenAsync(SqliteLocation.ForFile(sqlite.DatabaseFile)),
                connection,
                await FindRunsAsync(connection, sqlite.Runs));
        }

        public async ValueTask DisposeAsync()
        {
            await _connection.DisposeAsync();
            _postgreSql.Dispose();
            _sqlite.Dispose();
        }

        /// <summary>Runs from all over the large project.</summary>
        private static Task<List<string>> FindRunsAsync(NpgsqlConnection connection, long runs) => connection.ReadAllAsync(
            """
            SELECT id FROM (SELECT id, row_number() OVER (ORDER BY started_at, id) AS number FROM runs WHERE project_id = $1) AS numbered
            WHERE number % $2 = 0 LIMIT $3
            """,
            row => row.GetString(0),
            ProjectShares.Large,
            runs / 2 / RunsToList,
            (long)RunsToList);

        /// <summary>A question of its own for each database: one that goes through runs in turn does so for each.</summary>
        private Asked Ask(Func<Question> make, params IReadOnlyList<Func<Task<object?>>> others)
        {
            var (ofPostgreSql, ofSqlite) = (make(), make());
            return new Asked(
                ofPostgreSql.Name, [() => ofPostgreSql.AskAsync(_postgreSql.Queries), () => ofSqlite.AskAsync(_sqlite.Queries), .. others]);
        }
    }
}
