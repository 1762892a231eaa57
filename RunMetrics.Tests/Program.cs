using RunMetrics.Tests.Client;
using RunMetrics.Tests.Support.ChildCommands;

return args is ["spool", ..] ? await SpoolCommand.RunAsync(args) : await ChildCommand.RunAsync(args);
