using NUnit.Framework;
using RunMetrics.Domain.Files;
using RunMetrics.Tests.Support;
using Shouldly;

namespace RunMetrics.Tests.Domain.Files;

[Parallelizable(ParallelScope.All)]
public sealed class FileLockTests
{
    [Test]
    public void TryAcquire_another_has_it_is_null_until_it_is_released()
    {
        using var folder = new TemporaryFolder();
        var path = folder.File("some.lock");
        var first = FileLock.TryAcquire(path).ShouldNotBeNull();

        FileLock.TryAcquire(path).ShouldBeNull();

        first.Dispose();
        first.Dispose();
        using var second = FileLock.TryAcquire(path).ShouldNotBeNull();
    }

    [Test]
    public void TryAcquire_the_file_cannot_be_opened_says_why_and_does_not_wait()
    {
        using var folder = new TemporaryFolder();

        // A folder stands where the file should: nobody holds that, and waiting would not help.
        var path = Directory.CreateDirectory(folder.File("folder.lock")).FullName;

        Should.Throw<UnauthorizedAccessException>(() => FileLock.TryAcquire(path));
        Should.Throw<DirectoryNotFoundException>(() => FileLock.TryAcquire(folder.File("missing/some.lock")));
    }

    [Test]
    public async Task AcquireAsync_another_has_it_waits_for_it_or_says_that_it_is_held()
    {
        using var folder = new TemporaryFolder();
        var path = folder.File("some.lock");
        var first = FileLock.TryAcquire(path).ShouldNotBeNull();

        var tooShort = FileLock.AcquireAsync(path, TimeSpan.Zero, TimeProvider.System, CancellationToken.None);
        var patient = FileLock.AcquireAsync(path, Timeout.InfiniteTimeSpan, TimeProvider.System, CancellationToken.None);

        (await Should.ThrowAsync<TimeoutException>(tooShort)).Message.ShouldContain(path);
        patient.IsCompleted.ShouldBeFalse();
        first.Dispose();
        using var second = await patient;
        FileLock.TryAcquire(path).ShouldBeNull();
    }
}
