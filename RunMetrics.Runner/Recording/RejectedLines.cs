using System.Globalization;
using RunMetrics.Domain.Import;
using RunMetrics.Runner.Exit;

namespace RunMetrics.Runner.Recording;

/// <summary>The lines that an import refused, as they stood, in a file of their own that is made with the first of them. No file is overwritten.</summary>
internal sealed class RejectedLines : IAsyncDisposable
{
    private FileStream? _stream;

    private RejectedLines(string filePath) => FilePath = filePath;

    /// <summary>The file.</summary>
    public string FilePath { get; }

    /// <summary>How many lines were too long to be held, and are not in the file.</summary>
    public long TooLong { get; private set; }

    /// <summary>Chooses the file.</summary>
    /// <param name="named">The file that was asked for; null when none was.</param>
    /// <param name="otherwise">The file when none was asked for; when its name is taken, it gets a number at its end.</param>
    /// <exception cref="RefusedException">The file that was asked for is there already.</exception>
    public static RejectedLines Choose(string? named, string otherwise)
    {
        if (named is not null)
        {
            return Path.Exists(named)
                ? throw new RefusedException($"--rejected: {named} is there already; name a new file.")
                : new RejectedLines(named);
        }

        var names = Enumerable.Range(2, int.MaxValue - 2).Select(number => string.Create(CultureInfo.InvariantCulture, $"{otherwise}.{number}"));
        return new RejectedLines(names.Prepend(otherwise).First(name => !Path.Exists(name)));
    }

    /// <summary>Adds a line.</summary>
    public async Task AddAsync(NdjsonLine line, CancellationToken cancellationToken)
    {
        if (line.IsTooLong)
        {
            TooLong++;
            return;
        }

        _stream ??= new FileStream(FilePath, FileMode.CreateNew, FileAccess.Write, FileShare.Read);
        await _stream.WriteAsync(line.Bytes, cancellationToken);
        _stream.WriteByte((byte)'\n');
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        if (_stream is not null)
        {
            await _stream.DisposeAsync();
        }
    }
}
