using CsCheck;

namespace RunMetrics.Tests.Support;

/// <summary>How many cases of a property a test tries, where each of them takes a database.</summary>
internal static class Samples
{
    /// <summary>As many as find mistakes soon, or what <c>CsCheck_Iter</c> asks for in a long run.</summary>
    public static long Of(int ordinary) => string.IsNullOrEmpty(Environment.GetEnvironmentVariable("CsCheck_Iter")) ? ordinary : Check.Iter;
}
