using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Npgsql;
using NUnit.Framework;
using RunMetrics.Tests.Support;

namespace RunMetrics.Tests.Support
{
    /// <summary>
    /// A real PostgreSQL server in a temporary folder, from the programs on this machine: one for the whole test run, and others for tests that kill
    /// theirs. Where there are none the test is skipped, or fails in CI.
    /// </summary>
    public sealed class PostgreSqlServer : IDisposable
    {
        /// <summary>A user whom the server lets in by <see cref="Password"/> alone; all others need none.</summary>
        public const string UserWithPassword = "suspicious";

        /// <summary>A user whom the server lets in by nothing.</summary>
        public const string UnwelcomeUser = "unwelcome";

        /// <summary>The password of <see cref="UserWithPassword"/>.</summary>
        public const string Password = "distinctive-password-8c2e";

        private const string User = "postgres";

        private static readonly string[] Needed = ["initdb", "postgres", "pg_ctl", "pg_basebackup"];

        private static readonly Lazy<Task<PostgreSqlServer>> SharedServer = new(() => StartAsync("fsync=off"));

        private readonly TemporaryFolder _folder;
        private readonly string _data;
        private readonly string[] _settings;
        private Process? _process;

        private PostgreSqlServer(TemporaryFolder folder, string data, int port, string[] settings)
        {
            _folder = folder;
            _data = data;
            _settings = settings;
            Port = port;
        }

        /// <summary>The port on 127.0.0.1.</summary>
        public int Port { get; }

        /// <summary>What is missing to start a server on this machine; null when nothing is.</summary>
        public static string? FindMissing() => Programs is null ? $"PostgreSQL server ({string.Join(", ", Needed)})" : null;

        /// <summary>The server of all tests that leave it running.</summary>
        public static Task<PostgreSqlServer> GetSharedAsync()
        {
            RequirePrograms();
            return SharedServer.Value;
        }

        /// <summary>Stops the server of all tests, if there was one.</summary>
        public static async Task StopSharedAsync()
        {
            if (SharedServer.IsValueCreated)
            {
                (await SharedServer.Value).Dispose();
            }
        }

        /// <summary>Makes a cluster and starts a server of the test's own.</summary>
        /// <param name="settings">Its settings, as <c>fsync=off</c>.</param>
        public static async Task<PostgreSqlServer> StartAsync(params string[] settings)
        {
            RequirePrograms();
            var server = Create(settings);
            await server.RunAsync("initdb", "--pgdata", server._data, "--auth=trust", "--encoding=UTF8", "--no-sync", $"--username={User}");
            var rules = Path.Combine(server._data, "pg_hba.conf");
            await File.WriteAllTextAsync(
                rules, $"host all {UnwelcomeUser} all reject\nhost all {UserWithPassword} all scram-sha-256\n{await File.ReadAllTextAsync(rules)}");
            await server.StartAgainAsync();
            await server.ExecuteAsync($"CREATE ROLE {UserWithPassword} SUPERUSER LOGIN PASSWORD '{Password}'");
            return server;
        }

        /// <summary>Makes a standby of this server and starts it.</summary>
        /// <param name="name">What it calls itself to the primary.</param>
        public async Task<PostgreSqlServer> StartStandbyAsync(string name)
        {
            var standby = Create(_settings);
            var source = string.Create(CultureInfo.InvariantCulture, $"host=127.0.0.1 port={Port} user={User} application_name={name}");
            await standby.RunAsync("pg_basebackup", "--pgdata", standby._data, "--write-recovery-conf", "--checkpoint=fast", "--no-sync", $"--dbname={source}");
            await standby.StartAgainAsync();
            return standby;
        }

        /// <summary>Starts it after it was killed.</summary>
        public async Task StartAgainAsync()
        {
            string[] settings =
            [
                string.Create(CultureInfo.InvariantCulture, $"port={Port}"), "listen_addresses=127.0.0.1", $"unix_socket_directories={_folder.Path}", "max_connections=400",
                .. _settings,
            ];
            _process = Launch("postgres", ["-D", _data, .. settings.SelectMany(setting => new[] { "-c", setting })]);
            await Eventually.TrueAsync(async () => _process.HasExited
                ? throw new InvalidOperationException($"The server ended: {await File.ReadAllTextAsync(Log)}")
                : await AnswersAsync());
        }

        /// <summary>Turns a standby into a primary, and waits until it is one.</summary>
        public Task PromoteAsync() => RunAsync("pg_ctl", "promote", "--pgdata", _data, "--wait");

        /// <summary>Kills it with all its processes, as a machine that loses its power does.</summary>
        public async Task KillAsync()
        {
            var id = (await File.ReadAllLinesAsync(Path.Combine(_data, "postmaster.pid")))[0];
            using var kill = Process.Start("sh", ["-c", $"kill -9 {id} $(cat /proc/{id}/task/{id}/children)"]);
            await kill.WaitForExitAsync();
            await _process!.WaitForExitAsync();
        }

        /// <summary>How to reach a database of it.</summary>
        public string ConnectionStringOf(string database) =>
            string.Create(CultureInfo.InvariantCulture, $"Host=127.0.0.1;Port={Port};Username={User};Database={database}");

        /// <summary>Runs a statement as its superuser.</summary>
        public async Task ExecuteAsync(string sql, string database = "postgres")
        {
            await using var connection = new NpgsqlConnection(ConnectionStringOf(database) + ";Pooling=False");
            await connection.OpenAsync();
#pragma warning disable CA2100 // The statements are the constants of tests.
            await using var command = new NpgsqlCommand(sql, connection);
#pragma warning restore CA2100
            await command.ExecuteNonQueryAsync();
        }

        public void Dispose()
        {
            if (_process is { HasExited: false })
            {
                using var stop = Launch("pg_ctl", ["stop", "--pgdata", _data, "--mode=immediate"]);
                stop.WaitForExit();
                _process.WaitForExit();
            }

            _process?.Dispose();
            _folder.Dispose();
        }

        private string Log => Path.Combine(_folder.Path, "log");

        private static string? Programs => Candidates().FirstOrDefault(folder => Needed.All(program => File.Exists(Path.Combine(folder, program))));

        private static IEnumerable<string> Candidates() =>
        [
            .. Support.Programs.Folders,
            .. Directory.Exists("/usr/lib/postgresql")
                ? Directory.GetDirectories("/usr/lib/postgresql").Order(StringComparer.Ordinal).Reverse().Select(version => Path.Combine(version, "bin"))
                : [],
        ];

        private static void RequirePrograms()
        {
            if (FindMissing() is { } missing)
            {
                Support.Programs.Miss(missing);
            }
        }

        private static PostgreSqlServer Create(string[] settings)
        {
            using var listener = new TcpListener(IPAddress.Loopback, 0);
            listener.Start();
            var port = ((IPEndPoint)listener.LocalEndpoint).Port;
            var folder = new TemporaryFolder();
            if (Environment.IsPrivilegedProcess)
            {
                using var chown = Process.Start("chown", [User, folder.Path]);
                chown.WaitForExit();
            }

            return new PostgreSqlServer(folder, folder.File("data"), port, settings);
        }

        /// <summary>Its programs refuse to run as root; the Debian package makes a user for them.</summary>
        private Process Launch(string program, params IEnumerable<string> arguments)
        {
            string[] command = [Path.Combine(Programs!, program), .. arguments];
            string[] withUser = Environment.IsPrivilegedProcess ? ["runuser", "-u", User, "--", .. command] : command;
            var start = new ProcessStartInfo("sh", ["-c", "log=$1; shift; exec \"$@\" >> \"$log\" 2>&1", "sh", Log, .. withUser])
            {
                WorkingDirectory = _folder.Path,
                UseShellExecute = false,
            };
            return Process.Start(start)!;
        }

        private async Task RunAsync(string program, params string[] arguments)
        {
            using var process = Launch(program, arguments);
            await process.WaitForExitAsync();
            if (process.ExitCode != 0)
            {
                throw new InvalidOperationException($"{program}: {process.ExitCode}\n{await File.ReadAllTextAsync(Log)}");
            }
        }

        private async Task<bool> AnswersAsync()
        {
            try
            {
                await ExecuteAsync("SELECT 1");
                return true;
            }
            catch (NpgsqlException)
            {
                return false;
            }
        }
    }
}

/// <summary>Ends with the tests what they share.</summary>
[SetUpFixture]
[System.Diagnostics.CodeAnalysis.SuppressMessage("Design", "MA0047:Declare types in namespaces", Justification = "Only there NUnit takes it for the whole assembly.")]
[System.Diagnostics.CodeAnalysis.SuppressMessage("Design", "CA1050:Declare types in namespaces", Justification = "Only there NUnit takes it for the whole assembly.")]
public sealed class SharedServers
{
    [OneTimeTearDown]
    public async Task StopAsync() => await PostgreSqlServer.StopSharedAsync();
}
