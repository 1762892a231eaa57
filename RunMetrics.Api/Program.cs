using RunMetrics.Api;
using RunMetrics.Api.Errors;
using RunMetrics.Api.OpenApi;
using RunMetrics.Data;
using RunMetrics.Data.Startup;

// Settings lie beside the program, wherever it is started from.
var builder = WebApplication.CreateBuilder(new WebApplicationOptions { Args = args, ContentRootPath = AppContext.BaseDirectory });

try
{
    var location = DatabaseLocation.Resolve(builder.Configuration.GetConnectionString(DatabaseLocation.ConnectionName));

    builder.UseDefaultAddress();
    builder.Services.AddRunMetricsSqlite(location);
    builder.Services.AddApiControllers();
    builder.Services.AddApiErrors();
    builder.Services.AddApiHealth();
    builder.Services.AddApiDocument();

    await using var app = builder.Build();

    app.UseApiErrors();
    app.MapControllers();
    app.MapOpenApi("/openapi/v1.json");

    app.Logger.LogInformation("The database is {DatabaseFile}", location.FilePath);
    await app.Services.GetRequiredService<RunMetricsDatabase>().PrepareAsync(app.Lifetime.ApplicationStopping);
    await app.RunAsync();
    return 0;
}
catch (DatabaseRefusedException exception)
{
    await Console.Error.WriteLineAsync(exception.Message);
    return 1;
}
