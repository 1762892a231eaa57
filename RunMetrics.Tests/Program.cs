return await RunMetrics.Tests.Support.ChildCommands.ChildCommand.RunAsync(args);
