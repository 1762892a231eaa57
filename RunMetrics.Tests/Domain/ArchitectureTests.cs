using System.Reflection;
using NUnit.Framework;
using NetArchTest.Rules;
using RunMetrics.Data.Context;
using RunMetrics.Domain.Facts;
using Shouldly;

namespace RunMetrics.Tests.Domain;

public sealed class ArchitectureTests
{
    private static readonly Assembly DomainAssembly = typeof(Fact).Assembly;
    private static readonly Assembly DataAssembly = typeof(RunMetricsDbContext).Assembly;

    private static readonly string[] Outside =
        ["Microsoft.EntityFrameworkCore", "Microsoft.AspNetCore", "Microsoft.Data.Sqlite", "RunMetrics.Data", "RunMetrics.Api"];

    [Test]
    public void Domain_itsTypes_dependOnNothingOutside() =>
        Types.InAssembly(DomainAssembly).ShouldNot().HaveDependencyOnAny(Outside).GetResult().FailingTypeNames.ShouldBeNull();

    [Test]
    public void Domain_itsAssembly_referencesNothingOutside() =>
        DomainAssembly.GetReferencedAssemblies().Select(reference => reference.Name!)
            .ShouldNotContain(name => Outside.Any(outside => name.StartsWith(outside, StringComparison.Ordinal)));

    [Test]
    public void Data_itsAssembly_referencesNeitherTheApiNorAspNetCore() =>
        DataAssembly.GetReferencedAssemblies().Select(reference => reference.Name!)
            .ShouldNotContain(name => name.StartsWith("RunMetrics.Api", StringComparison.Ordinal)
                || name.StartsWith("Microsoft.AspNetCore", StringComparison.Ordinal));

    [Test]
    public void Classes_ofDomainAndData_areSealedOrAbstract()
    {
        // Static classes are abstract and sealed to the runtime; what EF Core generates lies in a folder of its own.
        var open = DomainAssembly.GetTypes().Concat(DataAssembly.GetTypes())
            .Where(type => type.IsClass && !type.IsSealed && !type.IsAbstract)
            .Where(type => type.Namespace != "RunMetrics.Data.Migrations")
            .Where(type => !type.IsDefined(typeof(System.Runtime.CompilerServices.CompilerGeneratedAttribute)))
            .Select(type => type.FullName);

        open.ShouldBeEmpty();
    }
}
