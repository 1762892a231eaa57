using NUnit.Framework;

// Nearly all that a test does is wait for processes, disks and sockets: more of them at once than there are cores cost nothing. Every test has
// files, ports and ids of its own; the few that look at what the whole process shares say so by [NonParallelizable].
[assembly: Parallelizable(ParallelScope.Fixtures)]
[assembly: LevelOfParallelism(8)]
