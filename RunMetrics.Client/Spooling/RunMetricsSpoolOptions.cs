using System.ComponentModel.DataAnnotations;

namespace RunMetrics.Client.Spooling;

/// <summary>Where facts are kept while the store is away, and how many.</summary>
public sealed class RunMetricsSpoolOptions : IOptionsWithRules
{
    private const string DefaultFolderName = "runmetrics-spool";
    private const string LeastBytes = "65536";
    private const string MostBytes = "1099511627776";

    /// <summary>
    /// The folder of the spool, on a disk of this machine; made when it is not there. All that lies in it goes to whichever store is opened in
    /// front of it, so one folder serves one store. <c>runmetrics-spool</c> in the user's local application data folder by default.
    /// </summary>
    public string Folder { get; set; } = DefaultFolder;

    /// <summary>
    /// How much the folder may hold, in bytes, rejects among it; what would exceed it is refused. From 64 KiB to 1 TiB; 256 MiB by default, which
    /// is about a million facts.
    /// </summary>
    [Range(typeof(long), LeastBytes, MostBytes)]
    public long MaxBytes { get; set; } = 256L * 1024 * 1024;

    /// <summary>
    /// How long a write waits for the store before its facts are spooled. Above zero, at most one hour; 1 second by default, less than the
    /// recorder waits for its store.
    /// </summary>
    [TimeRange("00:00:00", MinimumIsExclusive = true)]
    public TimeSpan DeliveryTimeout { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>How long one batch of the spool may take to be delivered. Above zero, at most one hour; 1 minute by default.</summary>
    [TimeRange("00:00:00", MinimumIsExclusive = true)]
    public TimeSpan DrainTimeout { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>
    /// How long disposal waits for facts that are being delivered; it does not while the store is away. From zero to one hour; 3 seconds by default.
    /// </summary>
    [TimeRange("00:00:00")]
    public TimeSpan DisposeTimeout { get; set; } = TimeSpan.FromSeconds(3);

    /// <summary>
    /// The wait after the first failed attempt to drain; each further one waits twice as long, with jitter. Above zero, at most one hour;
    /// 1 second by default.
    /// </summary>
    [TimeRange("00:00:00", MinimumIsExclusive = true)]
    public TimeSpan RetryDelay { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>
    /// The longest wait between two attempts to drain, and how often a folder without facts is looked at for those of other processes. Not
    /// below <see cref="RetryDelay"/>, at most one hour; 30 seconds by default.
    /// </summary>
    [TimeRange("00:00:00", MinimumIsExclusive = true)]
    public TimeSpan MaxRetryDelay { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>The default of <see cref="Folder"/>.</summary>
    public static string DefaultFolder => Path.Combine(
        Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.DoNotVerify), DefaultFolderName);

    /// <summary>The folder of its own that the API at an address has within <see cref="DefaultFolder"/>.</summary>
    /// <param name="server">The absolute address of the API.</param>
    public static string DefaultFolderOf(Uri server) => Path.Combine(DefaultFolder, Uri.EscapeDataString(server.AbsoluteUri.TrimEnd('/')));

    /// <inheritdoc />
    IEnumerable<string> IOptionsWithRules.FindFaults()
    {
        if (!Path.IsPathFullyQualified(Folder ?? string.Empty))
        {
            yield return OptionsRules.Fault(nameof(Folder), Folder, "the full path of a folder");
        }

        if (MaxRetryDelay < RetryDelay)
        {
            yield return OptionsRules.Fault(nameof(MaxRetryDelay), MaxRetryDelay, $"at least {nameof(RetryDelay)}, {RetryDelay}");
        }
    }
}
