using NUnit.Framework;
using RunMetrics.Tests.Support;
using Shouldly;

namespace RunMetrics.Tests.Api.Security;

/// <summary>Without authentication the service answers to the names of loopback only, so that no page in a browser reaches it by a name of its own.</summary>
public sealed class HostNameTests() : ApiFixture(DatabaseKind.Sqlite)
{
    [TestCase("evil.example", 400)]
    [TestCase("localhost.evil.example", 400)]
    [TestCase("192.0.2.1", 400)]
    [TestCase("localhost", 200)]
    [TestCase("127.0.0.1", 200)]
    public async Task Call_without_authentication_under_a_foreign_host_name_is_refused(string host, int status)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri("run-metrics/summary", UriKind.Relative));
        request.Headers.Host = $"{host}:{Api.Address.Port}";

        using var response = await Client.SendAsync(request);

        ((int)response.StatusCode).ShouldBe(status);
    }
}
