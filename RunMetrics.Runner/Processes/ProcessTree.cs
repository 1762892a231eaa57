using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace RunMetrics.Runner.Processes;

/// <summary>Ends processes with everything that they have started.</summary>
internal static class ProcessTree
{
    // Between the look and the kill a process may start another; it is found at the next look.
    private const int MaxLooks = 20;

    /// <summary>Ends a process and its descendants.</summary>
    public static void End(Process process)
    {
        try
        {
            process.Kill(entireProcessTree: true);
        }
        catch (Exception exception) when (exception is InvalidOperationException or Win32Exception or AggregateException)
        {
            // What has ended by itself need not be ended.
        }
    }

    /// <summary>
    /// Ends every process that was started with these environment variables. A process whose parent has died hangs in no tree any more, but it
    /// still carries what it inherited. Only Linux shows that.
    /// </summary>
    /// <param name="variables">Each as <c>NAME=value</c>; a process must have all.</param>
    public static void EndMarked(params IReadOnlyList<string> variables)
    {
        if (!OperatingSystem.IsLinux())
        {
            return;
        }

        for (var look = 0; look < MaxLooks; look++)
        {
            var marked = FindMarked(variables);
            if (marked.Count == 0)
            {
                return;
            }

            foreach (var id in marked)
            {
                End(id);
            }
        }
    }

    private static List<int> FindMarked(IReadOnlyList<string> variables)
    {
        var marked = new List<int>();
        foreach (var folder in Directory.EnumerateDirectories("/proc"))
        {
            if (int.TryParse(Path.GetFileName(folder), NumberStyles.None, CultureInfo.InvariantCulture, out var id) && id != Environment.ProcessId && IsMarked(folder, variables))
            {
                marked.Add(id);
            }
        }

        return marked;
    }

    private static bool IsMarked(string folder, IReadOnlyList<string> variables)
    {
        try
        {
            var environment = Encoding.UTF8.GetString(File.ReadAllBytes(Path.Combine(folder, "environ"))).Split('\0');
            return variables.All(variable => environment.Contains(variable, StringComparer.Ordinal));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    private static void End(int id)
    {
        try
        {
            using var process = Process.GetProcessById(id);
            process.Kill();
        }
        catch (Exception exception) when (exception is ArgumentException or InvalidOperationException or Win32Exception)
        {
            // It has ended meanwhile.
        }
    }
}
