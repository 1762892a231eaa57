using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Design;
using RunMetrics.Data.Context;

namespace RunMetrics.Data.PostgreSql;

/// <summary>Recorded runs in a PostgreSQL database. Text is compared and sorted by its bytes, as SQLite does.</summary>
internal sealed class PostgreSqlRunMetricsDbContext(DbContextOptions<PostgreSqlRunMetricsDbContext> options) : RunMetricsDbContext(options)
{
    private const string Bytewise = "C";

    /// <inheritdoc />
    protected override RowChecks Checks { get; } = new PostgreSqlChecks();

    /// <inheritdoc />
    protected override void ConfigureConventions(ModelConfigurationBuilder configurationBuilder)
    {
        base.ConfigureConventions(configurationBuilder);
        configurationBuilder.Properties<string>().UseCollation(Bytewise);
        configurationBuilder.Properties<RunPhase>().UseCollation(Bytewise);
        configurationBuilder.Properties<PhaseOutcome>().UseCollation(Bytewise);
        configurationBuilder.Properties<RunStatus>().UseCollation(Bytewise);
        configurationBuilder.Properties<DateTimeOffset>().HaveColumnType("timestamp(3) with time zone");

        // As text that is JSON: the binary kind would forget how numbers and names were written.
        configurationBuilder.Properties<System.Text.Json.JsonElement>().HaveColumnType("json");
    }

    /// <inheritdoc />
    protected override void OnModelCreating(ModelBuilder modelBuilder)
    {
        base.OnModelCreating(modelBuilder);

        // Many writers would wait for each other to count up the runs of a project, so they are added up when they are read.
        modelBuilder.Entity<ProjectCount>().ToTable((string?)null).ToView("project_counts");
        modelBuilder.Entity<PhaseCount>().Property(count => count.Series).ValueGeneratedNever();
    }
}

/// <summary>
/// Lets <c>dotnet ef migrations add NAME --project RunMetrics.Data.PostgreSql</c> work with no start-up project. The server named here is never asked.
/// </summary>
internal sealed class DesignTimeDbContextFactory : IDesignTimeDbContextFactory<PostgreSqlRunMetricsDbContext>
{
    /// <inheritdoc />
    public PostgreSqlRunMetricsDbContext CreateDbContext(string[] args) =>
        new(new DbContextOptionsBuilder<PostgreSqlRunMetricsDbContext>().UseNpgsql("Host=design-time").Options);
}
