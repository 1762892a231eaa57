using System.Globalization;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata;
using Microsoft.EntityFrameworkCore.Migrations;
using RunMetrics.Data.Context;
using RunMetrics.Data.Databases;
using SQLitePCL;

namespace RunMetrics.Data.Sqlite;

/// <summary>
/// What start checks of a database file: all that can be known from a number of pages that does not grow with it. What only a reading of
/// every page can find is left to <see cref="SqliteVerification"/>.
/// </summary>
internal static class SqliteInspection
{
    /// <summary>EF Core's own lock; its history table has a public name, this one none.</summary>
    public const string MigrationLockTable = "__EFMigrationsLock";

    /// <summary>Those of the <see cref="Checks"/> that tell whether this version may read it.</summary>
    private static readonly Func<SqliteConnection, RunMetricsDbContext, string?>[] ChecksOfOrigin = [FindUnknownMigration, FindTableOfAnotherProgram];

    /// <summary>Those of the <see cref="Checks"/> without which nothing can be counted anew.</summary>
    private static readonly Func<SqliteConnection, RunMetricsDbContext, string?>[] ChecksOfFacts = [FindMissingPages, .. ChecksOfOrigin, FindMissingPart];

    /// <summary>
    /// Each says what is wrong, or null, and may rely on those before it. That the header is SQLite's, the schema can be read and, without a
    /// log beside the file, no page is cut off, SQLite checks by itself as soon as it reads.
    /// </summary>
    private static readonly Func<SqliteConnection, RunMetricsDbContext, string?>[] Checks = [.. ChecksOfFacts, FindMissingCount, FindDamagedTree];

    /// <summary>Counts the migrations that the file lacks: all of them for one that does not exist yet.</summary>
    /// <exception cref="DatabaseRefusedException">The file cannot be used; it was not changed.</exception>
    public static Task<int> CountPendingMigrationsAsync(
        SqliteLocation location, RunMetricsDbContext context, CancellationToken cancellationToken)
    {
        var file = new FileInfo(location.FilePath);
        if (!file.Exists)
        {
            RefuseMissingFolder(location);
            return Task.FromResult(context.Database.GetMigrations().Count());
        }

        // Asked of the file itself, because a superuser could write to it all the same.
        if (file.IsReadOnly)
        {
            throw DatabaseRefusedException.For(location, "it is read-only; make it writable or set another file");
        }

        // SQLite knows no asynchronous call, and may wait for the lock of another program.
        return Task.Run(() => Inspect(location, context), cancellationToken);
    }

    /// <summary>Opens an existing file without changing it, as long as nothing is written.</summary>
    public static SqliteConnection Open(SqliteLocation location)
    {
        // To read alone would not do: a journal that a killed program left can only be rolled back by who may write.
        var builder = new SqliteConnectionStringBuilder(location.ConnectionString)
        {
            Mode = SqliteOpenMode.ReadWrite,
            Cache = SqliteCacheMode.Private,
            Pooling = false,
        };
        var connection = new SqliteConnection(builder.ConnectionString);

        // Where there is no log yet, closing has nothing to move, and removes the one that was made only to read.
        var hasLog = new FileInfo(LogOf(location.FilePath)) is { Exists: true, Length: > 0 };
        connection.Open();
        MoveLogOnClose(connection, !hasLog);
        return connection;
    }

    /// <summary>
    /// Whether closing the last connection moves what is in the log to the file. Not where something is wrong: the log may be of another
    /// file, as after a backup was copied over a database in use, and would spoil the file for good.
    /// </summary>
    public static void MoveLogOnClose(SqliteConnection connection, bool move) =>
        raw.sqlite3_db_config(connection.Handle!, raw.SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, move ? 0 : 1, out _);

    /// <summary>The log of a database file, which stands beside it.</summary>
    public static string LogOf(string file) => $"{file}-wal";

    /// <summary>What SQLite keeps beside a database file while it is in use, or after a kill.</summary>
    public static IEnumerable<string> FilesBeside(string file) => [$"{file}-journal", LogOf(file), $"{file}-shm"];

    /// <summary>Why an open database is not one of this or an older version; null when it is, or when it is empty.</summary>
    public static string? FindProblemOfOrigin(SqliteConnection connection, RunMetricsDbContext context) =>
        ChecksOfOrigin.Select(check => check(connection, context)).FirstOrDefault(problem => problem is not null);

    /// <summary>Why there is no sense in copying an open database; null when there is.</summary>
    public static string? FindReasonNotToCopy(SqliteConnection connection, RunMetricsDbContext context) =>
        FindMissingPages(connection, context)
        ?? FindProblemOfOrigin(connection, context)
        ?? (ReadAppliedMigrations(connection).Count == 0 ? "it is no database of RunMetrics" : null);

    /// <summary>What is wrong with an open database, found one by one. Reads a number of pages that does not depend on its rows.</summary>
    public static IEnumerable<string> FindProblems(SqliteConnection connection, RunMetricsDbContext context) =>
        Checks.Select(check => check(connection, context)).OfType<string>();

    /// <summary>What is wrong with an open database beside what counts its rows; null when they can be counted.</summary>
    public static string? FindProblemOfFacts(SqliteConnection connection, RunMetricsDbContext context) =>
        ChecksOfFacts.Select(check => check(connection, context)).FirstOrDefault(problem => problem is not null)
        ?? (LacksMigrations(connection, context) ? "it is of an older version; start this version of the API or of a runner on it first" : null);

    /// <summary>The migrations that were applied, in their order.</summary>
    public static List<string> ReadAppliedMigrations(SqliteConnection connection) =>
        IsTable(connection, HistoryRepository.DefaultTableName)
            ? ReadColumn(connection, $"SELECT MigrationId FROM {HistoryRepository.DefaultTableName} ORDER BY 1")
            : [];

    /// <summary>True for a database of an older version.</summary>
    public static bool LacksMigrations(SqliteConnection connection, RunMetricsDbContext context) =>
        context.Database.GetMigrations().Except(ReadAppliedMigrations(connection), StringComparer.Ordinal).Any();

    /// <summary>True when there is a table of that name.</summary>
    public static bool IsTable(SqliteConnection connection, string name) =>
        ReadColumn(connection, "SELECT name FROM sqlite_master WHERE type = 'table' AND name = $table", name).Count > 0;

    /// <summary>The tables of this version.</summary>
    public static IEnumerable<ITable> TablesOf(RunMetricsDbContext context) => context.Model.GetRelationalModel().Tables;

    /// <summary>The first value of every row.</summary>
    public static List<string> ReadColumn(SqliteConnection connection, string sql, string? table = null)
    {
        using var command = connection.CreateCommand();
#pragma warning disable CA2100 // The statements are constants but for quoted names.
        command.CommandText = sql;
#pragma warning restore CA2100
        if (table is not null)
        {
            command.Parameters.AddWithValue("$table", table);
        }

        using var reader = command.ExecuteReader();
        var values = new List<string>();
        while (reader.Read())
        {
            values.Add(Convert.ToString(reader.GetValue(0), CultureInfo.InvariantCulture)!);
        }

        return values;
    }

    /// <summary>Runs statements that give no rows.</summary>
    public static void Execute(SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
#pragma warning disable CA2100 // The statements are constants but for names.
        command.CommandText = sql;
#pragma warning restore CA2100
        command.ExecuteNonQuery();
    }

    /// <summary>Refuses a file that is not there and cannot be made.</summary>
    public static void RefuseMissingFolder(SqliteLocation location)
    {
        var folder = Path.GetDirectoryName(location.FilePath);
        if (Directory.Exists(location.FilePath))
        {
            throw DatabaseRefusedException.For(location, "it is a folder; name a file");
        }

        if (!Directory.Exists(folder))
        {
            throw DatabaseRefusedException.For(location, $"the folder {folder} does not exist; create it or set another file");
        }
    }

    private static int Inspect(SqliteLocation location, RunMetricsDbContext context)
    {
        try
        {
            using var connection = Open(location);
            var pending = Inspect(location, context, connection);
            TakeWriteLock(connection);
            MoveLogOnClose(connection, true);
            return pending;
        }
        catch (SqliteException exception)
        {
            throw SqliteFailure.Refuse(location, exception);
        }
    }

    private static int Inspect(SqliteLocation location, RunMetricsDbContext context, SqliteConnection connection)
    {
        // One state of the file: what another process migrates meanwhile must not look like tables without a history.
        using var transaction = connection.BeginTransaction(deferred: true);
        return FindProblems(connection, context).FirstOrDefault() is { } problem
            ? throw DatabaseRefusedException.For(location, problem)
            : context.Database.GetMigrations().Except(ReadAppliedMigrations(connection), StringComparer.Ordinal).Count();
    }

    /// <summary>Shows that the lock can be had. It is given back, and nothing was written.</summary>
    private static void TakeWriteLock(SqliteConnection connection)
    {
        using var transaction = connection.BeginTransaction();
        transaction.Rollback();
    }

    /// <summary>Where there is a log, SQLite believes its count of pages and does not look at the length of the file.</summary>
    private static string? FindMissingPages(SqliteConnection connection, RunMetricsDbContext context)
    {
        var expected = ReadNumber(connection, "PRAGMA page_count") * ReadNumber(connection, "PRAGMA page_size");
        var log = new FileInfo(LogOf(connection.DataSource));
        var present = new FileInfo(connection.DataSource).Length + (log.Exists ? log.Length : 0);
        return present < expected
            ? string.Create(
                CultureInfo.InvariantCulture, $"it is damaged (of {expected} bytes at most {present} are there); {SqliteFailure.DamageRemedy}")
            : null;
    }

    private static string? FindUnknownMigration(SqliteConnection connection, RunMetricsDbContext context)
    {
        var unknown = ReadAppliedMigrations(connection).Except(context.Database.GetMigrations(), StringComparer.Ordinal).LastOrDefault();
        return unknown is not null
            ? $"a newer version of RunMetrics wrote it (migration {unknown} is not known here); update this program"
            : null;
    }

    private static string? FindTableOfAnotherProgram(SqliteConnection connection, RunMetricsDbContext context)
    {
        if (ReadAppliedMigrations(connection).Count > 0)
        {
            return null;
        }

        // Names of tables, views and indexes are one space to SQLite, whatever their casing.
        var foreign = TablesOf(context)
            .SelectMany(table => ReadColumn(
                connection, "SELECT type || ' ' || name FROM sqlite_master WHERE name = $table COLLATE NOCASE", table.Name))
            .FirstOrDefault();
        return foreign is not null ? $"another program made its {foreign}; set another file" : null;
    }

    private static string? FindMissingPart(SqliteConnection connection, RunMetricsDbContext context) =>
        FindMissingPart(connection, context, TablesOf(context).Where(table => !IsCount(table.Name)), [], SqliteFailure.DamageRemedy);

    private static string? FindMissingCount(SqliteConnection connection, RunMetricsDbContext context) => FindMissingPart(
        connection,
        context,
        TablesOf(context).Where(table => IsCount(table.Name)),
        HistogramSchema.Parts.Select(part => $"{part.Type} {part.Name}"),
        DatabaseProvider.CountsRemedy);

    private static string? FindMissingPart(
        SqliteConnection connection, RunMetricsDbContext context, IEnumerable<ITable> tables, IEnumerable<string> others, string remedy)
    {
        if (LacksMigrations(connection, context))
        {
            // The model tells only what all migrations together make.
            return null;
        }

        var missing = tables
            .SelectMany(table => PartsOf(table).Except(ReadParts(connection, table.Name), StringComparer.OrdinalIgnoreCase))
            .Concat(others.Except(ReadColumn(connection, "SELECT type || ' ' || name FROM sqlite_master"), StringComparer.OrdinalIgnoreCase))
            .FirstOrDefault();
        return missing is not null ? $"it lacks the {missing}; {remedy}" : null;
    }

    private static bool IsCount(string table) => HistogramSchema.Parts.Any(part => part.Type == "table" && part.Name == table);

    /// <summary>Goes down each tree to its first entry, and to the last where rows are added: no insert comes past a damage there.</summary>
    private static string? FindDamagedTree(SqliteConnection connection, RunMetricsDbContext context)
    {
        string[] ours =
        [
            .. TablesOf(context).Select(table => table.Name),
            .. HistogramSchema.Parts.Where(part => part.Type == "table").Select(part => part.Name),
            HistoryRepository.DefaultTableName,
            MigrationLockTable,
        ];
        foreach (var name in ours.Distinct(StringComparer.Ordinal).Where(name => IsTable(connection, name)))
        {
            var table = Quote(name);

            // A table without rowid is the tree of its primary key.
            var hasRowid = ReadColumn(connection, "SELECT wr FROM pragma_table_list($table) WHERE schema = 'main'", name) is ["0"];
            List<string> keys = hasRowid
                ? ["rowid"]
                : [.. ReadColumn(connection, "SELECT name FROM pragma_table_info($table) WHERE pk > 0 ORDER BY pk", name).Select(Quote)];
            var indexes = ReadColumn(
                connection, $"SELECT name FROM pragma_index_list($table) WHERE NOT partial{(hasRowid ? "" : " AND origin <> 'pk'")}", name);
            string[] reads =
            [
                $"SELECT {keys[0]} FROM {table} NOT INDEXED ORDER BY {string.Join(", ", keys)} LIMIT 1",
                $"SELECT {keys[0]} FROM {table} NOT INDEXED ORDER BY {string.Join(", ", keys.Select(key => $"{key} DESC"))} LIMIT 1",
                .. indexes.Select(index => $"SELECT 1 FROM {table} INDEXED BY {Quote(index)} LIMIT 1"),
            ];
            try
            {
                Array.ForEach(reads, read => ReadColumn(connection, read));
            }
            catch (SqliteException exception) when (SqliteFailure.IsDamage(exception))
            {
                return $"its table {name} is damaged; {SqliteFailure.DamageRemedy}";
            }
        }

        return null;
    }

    private static IEnumerable<string> PartsOf(ITable table) =>
    [
        $"table {table.Name}",
        .. table.Columns.Select(column => $"column {table.Name}.{column.Name}"),
        .. table.Indexes.Select(index => $"index {index.Name}"),
    ];

    private static List<string> ReadParts(SqliteConnection connection, string table) =>
        ReadColumn(
            connection,
            """
            SELECT 'table ' || name FROM sqlite_master WHERE type = 'table' AND name = $table
            UNION ALL SELECT 'column ' || $table || '.' || name FROM pragma_table_info($table)
            UNION ALL SELECT 'index ' || name FROM pragma_index_list($table)
            """,
            table);

    private static long ReadNumber(SqliteConnection connection, string pragma) =>
        long.Parse(ReadColumn(connection, pragma)[0], CultureInfo.InvariantCulture);

    private static string Quote(string name) => $"\"{name.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
}
