using System.Globalization;
using Microsoft.Data.Sqlite;
using RunMetrics.Data.Context;
using RunMetrics.Data.Databases;

namespace RunMetrics.Data.Sqlite;

/// <summary>
/// Puts a backup in the place of a database file: in one transaction over the one that is there, else as a new file. The backup is read in one transaction
/// from its verification on, so that what was verified is what is copied.
/// </summary>
internal sealed class SqliteRestore : DatabaseRestore
{
    // Long enough for a program that only looks at the database.
    private const int SecondsToWaitForOthers = 3;

    private readonly SqliteLocation _location;
    private readonly SqliteLocation _source;
    private readonly RunMetricsDbContext _context;
    private readonly SqliteConnection _backup;
    private IReadOnlyList<string> _problems = [];
    private DatabaseStatus? _content;
    private DatabaseStatus? _replaced;
    private string? _damagedFile;
    private SqliteConnection? _database;

    private SqliteRestore(SqliteLocation location, SqliteLocation source, RunMetricsDbContext context)
    {
        _location = location;
        _source = source;
        _context = context;
        _backup = SqliteInspection.Open(source);
    }

    /// <inheritdoc />
    public override IReadOnlyList<string> Problems => _problems;

    /// <inheritdoc />
    public override DatabaseStatus? Backup => _content;

    /// <inheritdoc />
    public override DatabaseStatus? Replaced => _replaced;

    /// <inheritdoc />
    public override string? DamagedFile => _damagedFile;

    /// <summary>Verifies the backup and takes the database.</summary>
    /// <param name="location">The database.</param>
    /// <param name="file">The backup.</param>
    /// <param name="context">For the model and queries; disposed of with what is returned.</param>
    /// <param name="progress">Told what is being done.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <exception cref="DatabaseRefusedException">One of the two cannot be used.</exception>
    public static async Task<DatabaseRestore> BeginAsync(
        SqliteLocation location, string file, RunMetricsDbContext context, IProgress<string>? progress, CancellationToken cancellationToken)
    {
        var source = SqliteLocation.ForFile(file);
        SqliteRestore? restore = null;
        try
        {
            LongWork.RequireFile(source);
            if (source.FilePath == location.FilePath)
            {
                throw DatabaseRefusedException.For(location, "it is the backup itself; name another file");
            }

            restore = new SqliteRestore(location, source, context);
            await restore.VerifyBackupAsync(progress, cancellationToken);
            if (restore.Problems.Count == 0)
            {
                await restore.TakeDatabaseAsync(cancellationToken);
            }

            return restore;
        }
        catch (Exception exception)
        {
            ((IDisposable?)restore ?? context).Dispose();
            if (exception is not SqliteException failure)
            {
                throw;
            }

            cancellationToken.ThrowIfCancellationRequested();
            throw SqliteFailure.Refuse(source, failure);
        }
    }

    /// <inheritdoc />
    public override Task ApplyAsync(IProgress<string>? progress, CancellationToken cancellationToken) => Task.Run(
        async () =>
        {
            if (_database is null)
            {
                await MakeFileAsync(progress, cancellationToken);
            }
            else
            {
                ReplaceContent(_database, progress, cancellationToken);
            }
        },
        cancellationToken);

    /// <inheritdoc />
    public override void Dispose()
    {
        _database?.Dispose();
        _backup.Dispose();
        _context.Dispose();
    }

    private async Task VerifyBackupAsync(IProgress<string>? progress, CancellationToken cancellationToken)
    {
        LongWork.InterruptOn(_backup, cancellationToken);
        SqliteInspection.Execute(_backup, "BEGIN");
        if (SqliteInspection.FindReasonNotToCopy(_backup, _context) is { } reason)
        {
            throw DatabaseRefusedException.For(_source, reason);
        }

        SqliteInspection.Execute(_backup, "SAVEPOINT verified");
        _problems = SqliteVerification.FindProblems(_backup, _context, progress);
        if (_problems.Count == 0)
        {
            // Temporary tables of the verification hide those of the same names.
            SqliteInspection.Execute(_backup, "ROLLBACK TO verified");
            _content = await SqliteStatus.ReadAsync(_backup, _source, _context, cancellationToken);
        }
    }

    /// <summary>Keeps all others out of the database that is there, if it is one that can be used.</summary>
    private async Task TakeDatabaseAsync(CancellationToken cancellationToken)
    {
        if (!File.Exists(_location.FilePath))
        {
            SqliteInspection.RefuseMissingFolder(_location);
            _damagedFile = ListWithData().Any() ? NameDamagedFile() : null;
            return;
        }

        SqliteConnection? database = null;
        try
        {
            database = SqliteInspection.Open(_location);
            database.DefaultTimeout = SecondsToWaitForOthers;

            // Set before anything is read, it makes SQLite keep the lock until the connection is closed.
            SqliteInspection.Execute(database, "PRAGMA locking_mode = EXCLUSIVE");
            SqliteInspection.Execute(database, "BEGIN EXCLUSIVE");
            RefuseOtherDatabase(database);
            if (SqliteInspection.FindProblems(database, _context).Any())
            {
                _damagedFile = NameDamagedFile();
                return;
            }

            _replaced = await SqliteStatus.ReadAsync(database, _location, _context, cancellationToken);
            SqliteInspection.Execute(database, "COMMIT");
            (_database, database) = (database, null);
        }
        catch (SqliteException exception) when (SqliteFailure.IsDamage(exception))
        {
            _damagedFile = NameDamagedFile();
        }
        catch (SqliteException exception)
        {
            throw SqliteFailure.IsBusy(exception)
                ? DatabaseRefusedException.For(_location, "it is in use; stop the programs that use it and restore again", exception)
                : SqliteFailure.Refuse(_location, exception);
        }
        finally
        {
            database?.Dispose();
        }
    }

    private void RefuseOtherDatabase(SqliteConnection database)
    {
        if (SqliteInspection.FindProblemOfOrigin(database, _context) is { } reason)
        {
            throw DatabaseRefusedException.For(_location, reason);
        }

        const string PageSize = "PRAGMA page_size";
        if (SqliteInspection.ReadColumn(database, PageSize).Single() != SqliteInspection.ReadColumn(_backup, PageSize).Single())
        {
            throw DatabaseRefusedException.For(_location, $"its pages are of another size than those of {_source.FilePath}; move it away and restore again");
        }
    }

    private void ReplaceContent(SqliteConnection database, IProgress<string>? progress, CancellationToken cancellationToken)
    {
        try
        {
            LongWork.InterruptOn(database, cancellationToken);
            SqliteInspection.Execute(database, "PRAGMA journal_mode = WAL");
            PageCopy.Copy(_backup, database, progress, cancellationToken);
            SqliteInspection.Execute(database, "BEGIN");
            RefuseProblems(SqliteVerification.FindProblems(database, _context, progress));
            SqliteInspection.Execute(database, "COMMIT");
            SqliteInspection.MoveLogOnClose(database, true);
        }
        catch (SqliteException exception)
        {
            cancellationToken.ThrowIfCancellationRequested();
            throw new IOException($"{_location.FilePath} cannot be written: {SqliteFailure.Explain(exception)}.", exception);
        }
    }

    private async Task MakeFileAsync(IProgress<string>? progress, CancellationToken cancellationToken)
    {
        using var partial = PartialFile.Create(_location.FilePath, like: _source.FilePath);
        PageCopy.CopyToFile(_backup, partial, progress, cancellationToken);
        RefuseProblems(await SqliteVerification.VerifyAsync(SqliteLocation.ForFile(partial.FilePath), _context, progress, cancellationToken));
        cancellationToken.ThrowIfCancellationRequested();
        foreach (var damaged in ListWithData().ToList())
        {
            // A log would be taken for that of the new file.
            File.Move(damaged, (_damagedFile ??= NameDamagedFile()) + damaged[_location.FilePath.Length..]);
        }

        partial.PutInPlace();
    }

    /// <summary>What there is of the database: its file, and a log or journal that may hold what the file lacks.</summary>
    private IEnumerable<string> ListWithData() =>
        SqliteInspection.FilesBeside(_location.FilePath).Prepend(_location.FilePath).Where(File.Exists);

    private void RefuseProblems(IReadOnlyList<string> problems)
    {
        if (problems.Count > 0)
        {
            throw DatabaseRefusedException.For(_location, $"it is not whole after the copy: {problems[0]}");
        }
    }

    /// <summary>The first name that nothing has which would have to give way.</summary>
    private string NameDamagedFile() => Enumerable.Range(1, int.MaxValue)
        .Select(number => string.Create(CultureInfo.InvariantCulture, $"{_location.FilePath}.damaged-{number}"))
        .First(name => !File.Exists(name) && !SqliteInspection.FilesBeside(name).Any(File.Exists));
}
