namespace RunMetrics.Data.Startup;

/// <summary>The database cannot be used as it is. The message is one line for the person who starts the program; the file was not changed.</summary>
public sealed class DatabaseRefusedException : Exception
{
    internal DatabaseRefusedException(string message, Exception? inner = null)
        : base(message.ReplaceLineEndings(" "), inner)
    {
    }
}
