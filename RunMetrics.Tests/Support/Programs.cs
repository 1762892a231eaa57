using NUnit.Framework;

namespace RunMetrics.Tests.Support;

/// <summary>Programs that some tests need and a machine may lack.</summary>
internal static class Programs
{
    /// <summary>Skips the test where the program is missing; in CI, where nothing may be skipped unseen, the test fails.</summary>
    public static void Require(string program)
    {
        var folders = Environment.GetEnvironmentVariable("PATH")?.Split(Path.PathSeparator) ?? [];
        if (!folders.Any(folder => File.Exists(Path.Combine(folder, program))))
        {
            Miss(program);
        }
    }

    /// <summary>Skips the test for what is missing; in CI the test fails.</summary>
    public static void Miss(string program)
    {
        var reason = $"There is no {program} on this machine.";
        if (Environment.GetEnvironmentVariable("CI") == "true")
        {
            Assert.Fail(reason);
        }

        Assert.Ignore(reason);
    }
}
