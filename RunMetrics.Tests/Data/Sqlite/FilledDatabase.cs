using System.Globalization;
using System.Text;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using RunMetrics.Data.Databases;
using RunMetrics.Data.Sqlite;
using RunMetrics.Tests.Support;

namespace RunMetrics.Tests.Data.Sqlite;

/// <summary>Prepares a database file, fills it with runs of one phase each, and damages it.</summary>
internal static class FilledDatabase
{
    private const int PageSize = 4096;

    /// <summary>Prepares a file as a program does at start.</summary>
    public static async Task PrepareAsync(string file, TimeProvider? time = null)
    {
        await using var services = SqliteTestDatabase.Compose(file, time ?? TimeProvider.System);
        await services.GetRequiredService<RunMetricsDatabase>().PrepareAsync(CancellationToken.None);
    }

    /// <summary>Makes a file of an older version, by the name of its last migration.</summary>
    public static async Task MakeOlderAsync(string file, string migration)
    {
        var options = new DbContextOptionsBuilder<SqliteRunMetricsDbContext>().UseSqlite($"Data Source={file};Pooling=False").Options;
        await using var context = new SqliteRunMetricsDbContext(options);
        await context.Database.MigrateAsync(context.Database.GetMigrations().Single(name => name.EndsWith($"_{migration}", StringComparison.Ordinal)));
    }

    /// <summary>Adds runs from number 1 on, some six of whose phases fit in a page.</summary>
    public static void Fill(string file, int runs) => Fill(file, 1, runs);

    /// <summary>Adds runs from a number to another.</summary>
    public static void Fill(string file, int first, int last) => SqliteTestDatabase.Rows(file, string.Create(CultureInfo.InvariantCulture, $"""
        BEGIN;
        CREATE TEMP TABLE numbers AS WITH RECURSIVE n(n) AS (SELECT {first} UNION ALL SELECT n + 1 FROM n WHERE n < {last}) SELECT n FROM n;
        INSERT INTO runs (id, project_id, work_order_id, status, started_at, ended_at)
            SELECT printf('run-%07d', n), 'acme', 'wo-1', 'succeeded', '2026-01-12T10:00:00.000Z', '2026-01-12T11:00:00.000Z' FROM numbers;
        INSERT INTO run_phase_metrics (id, run_id, phase, started_at, ended_at, duration_seconds, outcome, metadata)
            SELECT printf('phase-%07d', n), printf('run-%07d', n), 'builder', '2026-01-12T10:00:00.000Z', '2026-01-12T10:00:07.000Z', 7,
                'success', json_object('note', printf('note-%07d', n), 'filling', hex(zeroblob(256))) FROM numbers;
        COMMIT;
        PRAGMA wal_checkpoint(TRUNCATE);
        """));

    /// <summary>Adds a table of another program, so that the pages are copied in several steps.</summary>
    public static void MakeLarge(string file) => SqliteTestDatabase.Rows(file, "CREATE TABLE filling AS SELECT zeroblob(20000000) AS filling");

    public static string RunId(int number) => string.Create(CultureInfo.InvariantCulture, $"run-{number:D7}");

    /// <summary>Overwrites the page with the phase of a run. Its metadata stand in no index, so that they tell the page of the table.</summary>
    public static void DamagePhaseOf(string file, int number)
    {
        var content = File.ReadAllBytes(file);
        var note = Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"note-{number:D7}"));
        DamagePage(file, content.AsSpan().IndexOf(note) / PageSize);
    }

    /// <summary>Overwrites a page, counted from 0.</summary>
    public static void DamagePage(string file, int page)
    {
        using var stream = File.Open(file, FileMode.Open);
        stream.Position = (long)page * PageSize;
        stream.Write([.. Enumerable.Repeat((byte)0xA5, PageSize)]);
    }

    public static int CountPages(string file) => (int)(new FileInfo(file).Length / PageSize);

    /// <summary>Adds a table of another program whose constraints take hours to check.</summary>
    public static void MakeVerificationEndless(string file) => SqliteTestDatabase.Rows(file, """
        CREATE TABLE slow (n INTEGER CHECK (length(hex(zeroblob(1000000 + n % 2))) > 0));
        PRAGMA ignore_check_constraints = ON;
        WITH RECURSIVE n(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < 1000000) INSERT INTO slow SELECT n FROM n;
        PRAGMA wal_checkpoint(TRUNCATE);
        """);

    /// <summary>Leaves the file and its log or journal as a program that is killed after a statement leaves them.</summary>
    public static void CrashAfter(string file, string sql, string log)
    {
        using (var connection = SqliteTestDatabase.OpenForeign(file))
        {
            // Copied first, because closing the connection tidies up.
            SqliteTestDatabase.Rows(connection, sql);
            File.Copy(file, $"{file}.copy");
            File.Copy(file + log, $"{file}.copy{log}");
        }

        File.Move($"{file}.copy", file, overwrite: true);
        File.Move($"{file}.copy{log}", file + log, overwrite: true);
    }
}
