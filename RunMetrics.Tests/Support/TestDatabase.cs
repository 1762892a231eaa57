using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using RunMetrics.Data;
using RunMetrics.Data.Context;
using RunMetrics.Data.Databases;
using RunMetrics.Data.Queries;
using RunMetrics.Domain.Storage;

namespace RunMetrics.Tests.Support;

/// <summary>A real, migrated database of a test's own, composed as the programs compose theirs, with a clock that the test sets.</summary>
public abstract class TestDatabase : IAsyncDisposable
{
    /// <summary>What the clock shows at first; not a whole millisecond, as no real clock is.</summary>
    public static readonly DateTimeOffset Now = new DateTimeOffset(2026, 1, 12, 10, 0, 0, 123, TimeSpan.Zero).AddTicks(4567);

    private protected static readonly string[] DumpStatements =
    [
        "SELECT id, project_id, work_order_id, status, iteration, started_at, ended_at FROM runs ORDER BY id",
        "SELECT run_id, name, value FROM run_labels ORDER BY run_id, name",
        "SELECT id, run_id, phase, iteration, started_at, ended_at, duration_seconds, outcome, metadata FROM run_phase_metrics ORDER BY id",
    ];

    private readonly ServiceProvider _services;

    private protected TestDatabase(DatabaseLocation location, IInterceptor[] interceptors)
    {
        Location = location;
        _services = Compose(location, Time, interceptors);
    }

    public DatabaseLocation Location { get; }

    /// <summary>What programs are told to use it: as <c>--database</c>, or as their connection string.</summary>
    public abstract string Target { get; }

    public FakeTimeProvider Time { get; } = new(Now);

    internal IDbContextFactory<RunMetricsDbContext> Contexts => _services.GetRequiredService<IDbContextFactory<RunMetricsDbContext>>();

    public IRunMetricsStore Store => _services.GetRequiredService<IRunMetricsStore>();

    public RunMetricsService Service => _services.GetRequiredService<RunMetricsService>();

    public RunMetricsQueries Queries => _services.GetRequiredService<RunMetricsQueries>();

    public static async Task<TestDatabase> CreateAsync(DatabaseKind kind, params IInterceptor[] interceptors) => kind == DatabaseKind.Sqlite
        ? await SqliteTestDatabase.CreateAsync(interceptors)
        : await PostgreSqlTestDatabase.CreateAsync(interceptors);

    /// <summary>The services of a program that uses a database.</summary>
    public static ServiceProvider Compose(DatabaseLocation location, TimeProvider time, params IInterceptor[] interceptors) =>
        new ServiceCollection()
            .AddSingleton(time)
            .AddRunMetricsDatabase(location, (_, options) => options.AddInterceptors(interceptors))
            .BuildServiceProvider();

    /// <summary>The rows that a statement of a foreign program gives, the values separated by bars: instants in their canonical form, true as 1.</summary>
    public abstract IReadOnlyList<string> Rows(string sql);

    /// <summary>Another program that lets nobody write until it is disposed of.</summary>
    public abstract IDisposable Lock();

    /// <summary>Takes what is noted by triggers into the counts, as many writes would.</summary>
    public abstract void CountChanges();

    /// <summary>True when somebody keeps an old state of the database alive.</summary>
    public abstract bool HasOldReader();

    /// <summary>Every value of every row of all tables.</summary>
    public IReadOnlyList<string> Dump() => [.. DumpStatements.SelectMany(Rows)];

    public void Clear() => Rows("DELETE FROM runs");

    public virtual async ValueTask DisposeAsync()
    {
        await _services.DisposeAsync();
        GC.SuppressFinalize(this);
    }
}
