namespace RunMetrics.Benchmarks;

/// <summary>Measures each pair side by side, in turn, in one process: only their ratio means anything.</summary>
internal static class BenchmarkRun
{
    public static async Task Main()
    {
        await StoreBenchmark.RunAsync();
        await SingleFactBenchmark.RunAsync();
        await ImportBenchmark.RunAsync();
    }
}
