using Microsoft.Extensions.Logging.Console;
using Microsoft.Extensions.Options;
using RunMetrics.Api.CommandLine;
using RunMetrics.Api.Controllers;
using RunMetrics.Api.Errors;
using RunMetrics.Api.Limits;
using RunMetrics.Api.OpenApi;
using RunMetrics.Api.Security;
using RunMetrics.Api.Telemetry;
using RunMetrics.Data;
using RunMetrics.Data.Databases;
using RunMetrics.Data.PostgreSql;

try
{
    var commandLine = CommandLineArguments.Read(args);
    if (commandLine.Answer is { } answer)
    {
        await Console.Out.WriteLineAsync(answer);
        return 0;
    }

    // Settings lie beside the program, wherever it is started from.
    var builder = WebApplication.CreateBuilder(
        new WebApplicationOptions { Args = [.. commandLine.Settings], ContentRootPath = AppContext.BaseDirectory });
    var location = DatabaseChoice.Resolve(builder.Configuration.GetConnectionString(DatabaseLocation.ConnectionName));

    // Under systemd: it is told when the service is ready and when it stops, and log lines carry their priority.
    builder.Services.AddSystemd();

    // The blank behind the time is for the lines that persons read.
    builder.Services.PostConfigure<JsonConsoleFormatterOptions>(options => options.TimestampFormat = options.TimestampFormat?.TrimEnd());
    builder.UseDefaultAddress();
    builder.AddApiSecurity();
    builder.AddApiLimits();
    builder.Services.AddRunMetricsDatabase(location);
    builder.Services.AddApiControllers();
    builder.Services.AddApiErrors();
    builder.Services.AddApiDocument();
    builder.AddTelemetryExport();

    await using var app = builder.Build();

    app.RefuseOpenAddresses();
    app.Logger.LogInformation("The database is {Database}", location.Name);

    // The longest parts of a start, the database and the routes, side by side.
    var database = app.Services.GetRequiredService<RunMetricsDatabase>();
    var prepared = Task.Run(() => database.PrepareAsync(app.Lifetime.ApplicationStopping));
    app.UseApiErrors();
    app.UseRequestTimeouts();
    app.UseRateLimiter();
    app.UseAuthorization();
    app.MapControllers();
    app.MapOpenApi("/openapi/v1.json").RequireAuthorization(Scopes.Read).AddEndpointFilter(EntityTagFilter.TagAnswerAsync);

    await prepared;
    await app.ListenAsync();
    await app.WaitForShutdownAsync();
    return 0;
}
catch (CommandLineRefusedException exception)
{
    await Console.Error.WriteLineAsync(exception.Message);
    return 2;
}
catch (Exception exception) when (exception is DatabaseRefusedException or StartRefusedException or OptionsValidationException)
{
    await Console.Error.WriteLineAsync(exception.Message);
    return 1;
}
