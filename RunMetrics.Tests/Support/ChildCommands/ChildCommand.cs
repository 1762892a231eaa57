namespace RunMetrics.Tests.Support.ChildCommands;

/// <summary>What this assembly does when it is started as a program: the other processes of tests that need several.</summary>
internal static class ChildCommand
{
    public static async Task<int> RunAsync(string[] arguments)
    {
        switch (arguments)
        {
            case ["write", var file, var writer, var gate]:
                await WriteCommand.RunAsync(file, int.Parse(writer, System.Globalization.CultureInfo.InvariantCulture), gate);
                return 0;

            case ["write-on", var file, var writer]:
                await WriteOnCommand.RunAsync(file, int.Parse(writer, System.Globalization.CultureInfo.InvariantCulture));
                return 0;

            case ["prepare", var file, var gate]:
                await PrepareCommand.RunAsync(file, gate);
                return 0;

            case ["prepare-and-die", var file, var command]:
                await PrepareCommand.RunUntilKilledAsync(file, int.Parse(command, System.Globalization.CultureInfo.InvariantCulture));
                return 0;

            case ["record-and-wait", var file]:
                await RecordCommand.RunAsync(file);
                return 0;

            case ["open-and-record"]:
                await OpenCommand.RunAsync();
                return 0;

            case ["run-program", var assemblyFile]:
                ProgramCommand.Run(assemblyFile);
                return 0;

            default:
                await Console.Error.WriteLineAsync($"No such command: {string.Join(' ', arguments)}");
                return 64;
        }
    }

    public static OwnedProcess Start(params string[] arguments) => OwnedProcess.StartDotnet(typeof(ChildCommand).Assembly.Location, arguments);
}
