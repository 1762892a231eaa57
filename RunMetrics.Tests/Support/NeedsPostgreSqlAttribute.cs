using NUnit.Framework;
using NUnit.Framework.Interfaces;
using NUnit.Framework.Internal;

namespace RunMetrics.Tests.Support;

/// <summary>
/// Skips a fixture, before it sets anything up, where the programs of PostgreSQL are missing. Not in CI, where its first use of a server fails.
/// </summary>
[AttributeUsage(AttributeTargets.Class)]
public sealed class NeedsPostgreSqlAttribute : NUnitAttribute, IApplyToTest
{
    public void ApplyToTest(Test test) => SkipWithoutServer(test);

    internal static void SkipWithoutServer(Test test)
    {
        if (PostgreSqlServer.FindMissing() is { } missing && !Programs.MayNotMiss)
        {
            test.RunState = RunState.Ignored;
            test.Properties.Set(PropertyNames.SkipReason, Programs.Describe(missing));
        }
    }
}

/// <summary>Makes a fixture for each <see cref="DatabaseKind"/>, which is the argument of its constructor; that of PostgreSQL needs its programs.</summary>
[AttributeUsage(AttributeTargets.Class)]
public sealed class OnBothDatabasesAttribute : NUnitAttribute, IFixtureBuilder2
{
    public IEnumerable<TestSuite> BuildFrom(ITypeInfo typeInfo) => BuildFrom(kind => new TestFixtureAttribute(kind).BuildFrom(typeInfo));

    public IEnumerable<TestSuite> BuildFrom(ITypeInfo typeInfo, IPreFilter filter) => BuildFrom(kind => new TestFixtureAttribute(kind).BuildFrom(typeInfo, filter));

    private static IEnumerable<TestSuite> BuildFrom(Func<DatabaseKind, IEnumerable<TestSuite>> build)
    {
        foreach (var kind in Enum.GetValues<DatabaseKind>())
        {
            foreach (var fixture in build(kind))
            {
                if (kind == DatabaseKind.PostgreSql)
                {
                    NeedsPostgreSqlAttribute.SkipWithoutServer(fixture);
                }

                yield return fixture;
            }
        }
    }
}
