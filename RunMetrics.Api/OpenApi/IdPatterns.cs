namespace RunMetrics.Api.OpenApi;

/// <summary>The alphabets of ids as regular expressions.</summary>
internal static class IdPatterns
{
    public const string Id = "^[A-Za-z0-9._:-]{1,128}$";
    public const string ProjectId = "^[A-Za-z0-9._:/-]{1,128}$";

    /// <summary>A project id as it stands in a path, where a slash is an escape of three characters.</summary>
    public const string EncodedProjectId = "^([A-Za-z0-9._:-]|%2[Ff]){1,128}$";
}
