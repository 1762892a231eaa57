using System.Runtime.Loader;

namespace RunMetrics.Tests.Support.ChildCommands;

/// <summary>Runs a program that a test has compiled, with the libraries of the tests beside it.</summary>
internal static class ProgramCommand
{
    public static void Run(string assemblyFile) =>
        AssemblyLoadContext.Default.LoadFromAssemblyPath(assemblyFile).EntryPoint!.Invoke(null, [Array.Empty<string>()]);
}
