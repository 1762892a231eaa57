using Microsoft.Data.Sqlite;

namespace RunMetrics.Tests.Support;

/// <summary>Another program that holds the write lock of a database file until it is disposed.</summary>
public sealed class DatabaseLock : IDisposable
{
    private readonly SqliteConnection _connection;
    private readonly SqliteTransaction _transaction;

    public DatabaseLock(string file)
    {
        _connection = SqliteTestDatabase.OpenForeign(file);
        _transaction = _connection.BeginTransaction(deferred: false);
    }

    public void Dispose()
    {
        _transaction.Dispose();
        _connection.Dispose();
    }
}
