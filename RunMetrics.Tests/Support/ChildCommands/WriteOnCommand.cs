using System.Globalization;
using RunMetrics.Data;
using RunMetrics.Data.Sqlite;
using RunMetrics.Domain.Storage;

namespace RunMetrics.Tests.Support.ChildCommands;

/// <summary>Writes one run after the other, each with a phase, until it is killed, and says the number of each that is stored.</summary>
internal static class WriteOnCommand
{
    public static string RunId(int writer, int number) => string.Create(CultureInfo.InvariantCulture, $"writer-{writer}.{number:D6}");

    public static async Task RunAsync(string file, int writer)
    {
        using var database = await OpenedDatabase.OpenAsync(SqliteLocation.ForFile(file));
        for (var number = 0; ; number++)
        {
            var id = RunId(writer, number);
            var batch = new FactBatch([SampleFacts.EndedRun(id), SampleFacts.ClosedPhase($"{id}.phase", id)], ProjectAccess.All, SampleFacts.Start);
            await database.Store.WriteAsync([batch], CancellationToken.None);
            await Console.Out.WriteLineAsync(number.ToString(CultureInfo.InvariantCulture));
        }
    }
}
