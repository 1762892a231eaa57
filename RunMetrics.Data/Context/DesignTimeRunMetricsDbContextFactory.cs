using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Design;

namespace RunMetrics.Data.Context;

/// <summary>
/// Lets <c>dotnet ef migrations add NAME --project RunMetrics.Data</c> work with no start-up project. The database named here is never opened.
/// </summary>
internal sealed class DesignTimeRunMetricsDbContextFactory : IDesignTimeDbContextFactory<RunMetricsDbContext>
{
    public RunMetricsDbContext CreateDbContext(string[] args) =>
        new(new DbContextOptionsBuilder<RunMetricsDbContext>().UseSqlite("Data Source=design-time.db").Options);
}
