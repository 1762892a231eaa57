using System.Net;

namespace RunMetrics.Client;

/// <summary>An answer of the server, read to its end.</summary>
internal sealed record HttpAnswer(HttpStatusCode Status, string? MediaType, byte[] Body);
