using System.Xml.Linq;

namespace RunMetrics.Tests.Support;

/// <summary>The checked-out sources that the tests were built from.</summary>
public static class Repository
{
    /// <summary>The full path of a file by its path from the root.</summary>
    public static string File(params string[] path) => Path.Combine([Root(), .. path]);

    /// <summary>The version of all packages and programs.</summary>
    public static string Version => XDocument.Load(File("Directory.Build.props")).Descendants(nameof(Version)).Single().Value;

    private static string Root()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (System.IO.File.Exists(Path.Combine(folder.FullName, "RunMetrics.sln")))
            {
                return folder.FullName;
            }
        }

        throw new InvalidOperationException($"RunMetrics.sln lies nowhere above {AppContext.BaseDirectory}.");
    }
}
