using System.Globalization;
using RunMetrics.Data.Databases;
using RunMetrics.Data.PostgreSql;

namespace RunMetrics.Benchmarks.Options;

/// <summary>What is to be measured: the arguments of the program.</summary>
internal sealed record BenchmarkOptions
{
    /// <summary>How the program is called.</summary>
    public const string Usage =
        """
        Usage: [NAME...] [--metrics N,N...] [--rounds N] [--seed N] [--histories FOLDER] [--published FOLDER] [--baseline FOLDER]
               [--postgresql CONNECTION]
          NAME         what to measure: store, queue, ingest, reads, size, start, postgresql; all of them by default
          --metrics    phase metrics of the generated histories, each from 10,000 to 100,000,000; 100000 by default
          --rounds     how often each measurement is repeated, from 1 to 100; 5 by default
          --seed       what the histories are made from, a whole number; 1 by default
          --histories  where histories are kept for the next time; by default they are deleted at the end
          --baseline   where an earlier API lies that knows no migration after RunLabels; reads over HTTP are then compared with it
          --published  where the API lies published ReadyToRun; by default it is published to a temporary folder when start is measured
          --postgresql where postgresql is measured: 'Host=HOST;Database=NAME;Username=USER' or 'postgresql://USER@HOST/NAME', from which databases may
                       be made and dropped; nothing else is touched there. Without it postgresql is left out
        """;

    /// <summary>The name of what needs a server.</summary>
    public const string PostgreSqlName = "postgresql";

    /// <summary>The option that names the server.</summary>
    public const string PostgreSqlOption = "--postgresql";

    private const int MinMetrics = 10_000;
    private const int MaxMetrics = 100_000_000;
    private const int MaxRounds = 100;

    private BenchmarkOptions()
    {
    }

    /// <summary>The names of what to measure; empty for all.</summary>
    public IReadOnlyList<string> Names { get; private init; } = [];

    /// <summary>The sizes of the histories, ascending.</summary>
    public IReadOnlyList<int> Metrics { get; private init; } = [100_000];

    /// <summary>How many rounds count; one more goes before them to warm up.</summary>
    public int Rounds { get; private init; } = 5;

    /// <summary>The seed of the histories.</summary>
    public int Seed { get; private init; } = 1;

    /// <summary>Where histories are kept; null for nowhere.</summary>
    public string? HistoriesFolder { get; private init; }

    /// <summary>Where the API lies published ReadyToRun; null to publish it.</summary>
    public string? PublishedFolder { get; private init; }

    /// <summary>Where an earlier API lies that reads over HTTP are compared with; null for none.</summary>
    public string? BaselineFolder { get; private init; }

    /// <summary>A database of the server on which others may be made; null for no server.</summary>
    public PostgreSqlLocation? PostgreSql { get; private init; }

    /// <summary>Reads the arguments.</summary>
    /// <param name="arguments">The arguments.</param>
    /// <param name="names">The names that can be measured.</param>
    /// <exception cref="FormatException">An argument is not accepted; the message quotes it and says what is.</exception>
    public static BenchmarkOptions Parse(IEnumerable<string> arguments, IReadOnlyCollection<string> names)
    {
        var options = new BenchmarkOptions();
        var rest = new Queue<string>(arguments);
        while (rest.TryDequeue(out var argument))
        {
            options = argument switch
            {
                "--metrics" => options with { Metrics = [.. Next(argument).Split(',').Select(size => Number(argument, size, MinMetrics, MaxMetrics)).Distinct().Order()] },
                "--rounds" => options with { Rounds = Number(argument, Next(argument), 1, MaxRounds) },
                "--seed" => options with { Seed = Number(argument, Next(argument), int.MinValue, int.MaxValue - 1) },
                "--histories" => options with { HistoriesFolder = Next(argument) },
                "--baseline" => options with { BaselineFolder = Next(argument) },
                "--published" => options with { PublishedFolder = Next(argument) },
                PostgreSqlOption => options with { PostgreSql = Location(Next(argument)) },
                _ when names.Contains(argument, StringComparer.Ordinal) => options with { Names = [.. options.Names, argument] },
                _ => throw new FormatException(
                    $"'{argument}' is not accepted; accepted: {string.Join(", ", names)}, --metrics, --rounds, --seed, --histories, --published, --baseline, {PostgreSqlOption}."),
            };
        }

        return options.PostgreSql is not null || !options.Names.Contains(PostgreSqlName, StringComparer.Ordinal)
            ? options
            : throw new FormatException($"{PostgreSqlName} is measured on a server, which {PostgreSqlOption} CONNECTION has to name.");

        string Next(string option) => rest.TryDequeue(out var value) ? value : throw new FormatException($"{option} lacks its value.");
    }

    private static PostgreSqlLocation Location(string connection)
    {
        try
        {
            return PostgreSqlLocation.Parse(connection, PostgreSqlOption);
        }
        catch (DatabaseRefusedException exception)
        {
            throw new FormatException(exception.Message, exception);
        }
    }

    private static int Number(string option, string text, int min, int max) =>
        int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) && number >= min && number <= max
            ? number
            : throw new FormatException(string.Create(
                CultureInfo.InvariantCulture, $"{option} is '{text}'; accepted: whole numbers from {min} to {max}."));
}
