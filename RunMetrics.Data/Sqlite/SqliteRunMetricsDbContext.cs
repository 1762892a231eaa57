using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Design;
using Microsoft.EntityFrameworkCore.Storage.ValueConversion;
using RunMetrics.Data.Context;
using RunMetrics.Domain.Facts;

namespace RunMetrics.Data.Sqlite;

/// <summary>Recorded runs in a SQLite file.</summary>
internal sealed class SqliteRunMetricsDbContext(DbContextOptions<SqliteRunMetricsDbContext> options) : RunMetricsDbContext(options)
{
    /// <inheritdoc />
    protected override RowChecks Checks { get; } = new SqliteChecks();

    /// <inheritdoc />
    protected override void ConfigureConventions(ModelConfigurationBuilder configurationBuilder)
    {
        base.ConfigureConventions(configurationBuilder);
        configurationBuilder.Properties<DateTimeOffset>().HaveConversion<InstantConverter>();
    }
}

/// <summary>Stores an instant as its canonical text, which sorts as time does and lies in order with what <c>toISOString()</c> writes.</summary>
internal sealed class InstantConverter() : ValueConverter<DateTimeOffset, string>(
    instant => Instants.Format(instant),
    text => Instants.ParseCanonical(text));

/// <summary>
/// Lets <c>dotnet ef migrations add NAME --project RunMetrics.Data</c> work with no start-up project. The database named here is never opened.
/// </summary>
internal sealed class DesignTimeDbContextFactory : IDesignTimeDbContextFactory<SqliteRunMetricsDbContext>
{
    /// <inheritdoc />
    public SqliteRunMetricsDbContext CreateDbContext(string[] args) =>
        new(new DbContextOptionsBuilder<SqliteRunMetricsDbContext>().UseSqlite("Data Source=design-time.db").Options);
}
