namespace RunMetrics.Client.Spooling;

/// <summary>Where facts are kept while the store is away, and how many.</summary>
public sealed class RunMetricsSpoolOptions
{
    private const string DefaultFolderName = "runmetrics-spool";
    private const long LeastBytes = 64 * 1024;
    private const long MostBytes = 1L << 40;

    private static readonly TimeSpan LongestTime = TimeSpan.FromHours(1);

    /// <summary>
    /// The folder of the spool, on a disk of this machine; made when it is not there. All that lies in it goes to whichever store is opened in
    /// front of it, so one folder serves one store. <c>runmetrics-spool</c> in the user's local application data folder by default.
    /// </summary>
    public string Folder { get; set; } = DefaultFolder;

    /// <summary>
    /// How much the folder may hold, in bytes, rejects among it; what would exceed it is refused. From 64 KiB to 1 TiB; 256 MiB by default, which
    /// is about a million facts.
    /// </summary>
    public long MaxBytes { get; set; } = 256L * 1024 * 1024;

    /// <summary>
    /// How long a write waits for the store before its facts are spooled. Above zero, at most one hour; 1 second by default, less than the
    /// recorder waits for its store.
    /// </summary>
    public TimeSpan DeliveryTimeout { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>How long one batch of the spool may take to be delivered. Above zero, at most one hour; 1 minute by default.</summary>
    public TimeSpan DrainTimeout { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>
    /// The wait after the first failed attempt to drain; each further one waits twice as long, with jitter. Above zero, at most one hour;
    /// 1 second by default.
    /// </summary>
    public TimeSpan RetryDelay { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>
    /// The longest wait between two attempts to drain, and how often a folder without facts is looked at for those of other processes. Not
    /// below <see cref="RetryDelay"/>, at most one hour; 30 seconds by default.
    /// </summary>
    public TimeSpan MaxRetryDelay { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>The default of <see cref="Folder"/>.</summary>
    public static string DefaultFolder => Path.Combine(
        Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.DoNotVerify), DefaultFolderName);

    /// <summary>The folder of its own that the API at an address has within <see cref="DefaultFolder"/>.</summary>
    /// <param name="server">The absolute address of the API.</param>
    public static string DefaultFolderOf(Uri server) => Path.Combine(DefaultFolder, Uri.EscapeDataString(server.AbsoluteUri.TrimEnd('/')));

    /// <summary>Refuses options that cannot work.</summary>
    /// <exception cref="ArgumentException">An option is out of its range; the message names it, its value and what is accepted.</exception>
    internal static void Validate(RunMetricsSpoolOptions options)
    {
        Require(Path.IsPathFullyQualified(options.Folder ?? string.Empty), nameof(Folder), options.Folder, "the full path of a folder");
        Require(options.MaxBytes is >= LeastBytes and <= MostBytes, nameof(MaxBytes), options.MaxBytes, $"{LeastBytes} to {MostBytes}");
        RequireTime(nameof(DeliveryTimeout), options.DeliveryTimeout);
        RequireTime(nameof(DrainTimeout), options.DrainTimeout);
        RequireTime(nameof(RetryDelay), options.RetryDelay);
        RequireTime(nameof(MaxRetryDelay), options.MaxRetryDelay);
        Require(options.MaxRetryDelay >= options.RetryDelay, nameof(MaxRetryDelay), options.MaxRetryDelay, $"at least {nameof(RetryDelay)}, {options.RetryDelay}");
    }

    private static void RequireTime(string name, TimeSpan value) =>
        Require(value > TimeSpan.Zero && value <= LongestTime, name, value, "above zero, at most one hour");

    private static void Require(bool holds, string name, object? value, string accepted)
    {
        if (!holds)
        {
            throw new ArgumentException($"{name} is '{value}'; accepted: {accepted}.", nameof(value));
        }
    }
}
