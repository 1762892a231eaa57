using NUnit.Framework;

namespace RunMetrics.Tests.Support;

/// <summary>Programs that some tests need and a machine may lack.</summary>
internal static class Programs
{
    /// <summary>True in CI, where nothing may be skipped unseen.</summary>
    public static bool MayNotMiss => Environment.GetEnvironmentVariable("CI") == "true";

    /// <summary>The folders in which programs are looked for.</summary>
    public static IReadOnlyList<string> Folders => Environment.GetEnvironmentVariable("PATH")?.Split(Path.PathSeparator) ?? [];

    /// <summary>Skips the test where the program is missing; in CI the test fails.</summary>
    public static void Require(string program)
    {
        if (!Folders.Any(folder => File.Exists(Path.Combine(folder, program))))
        {
            Miss(program);
        }
    }

    /// <summary>Skips the test for what is missing; in CI the test fails.</summary>
    public static void Miss(string program)
    {
        if (MayNotMiss)
        {
            Assert.Fail(Describe(program));
        }

        Assert.Ignore(Describe(program));
    }

    public static string Describe(string missing) => $"There is no {missing} on this machine.";
}
