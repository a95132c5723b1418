using System.Text.Json.Nodes;

namespace Crater.Documents;

/// <summary>How documents are fetched from other places than this machine's files.</summary>
public sealed record SourceAccess
{
    private const string BearerVariable = "CHAOSTOOLKIT_LOADER_AUTH_BEARER_TOKEN";

    /// <summary>Sent as a bearer to whatever is asked, and counts more than <see cref="Authorizations"/>; empty for none.</summary>
    public string Bearer { get; init; } = "";

    /// <summary>What is sent as <c>Authorization</c>, by host, with the port where the URL has one.</summary>
    public IReadOnlyDictionary<string, string> Authorizations { get; init; } = new Dictionary<string, string>();

    public bool VerifyTls { get; init; } = true;

    /// <value>For the whole answer. Default: 30 s.</value>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(30);

    public ReadLimits Limits { get; init; } = ReadLimits.Default;

    /// <param name="environment">May have the token <c>CHAOSTOOLKIT_LOADER_AUTH_BEARER_TOKEN</c>.</param>
    /// <param name="auths">The <c>auths</c> of the settings: by host <c>{type, value}</c>; null for none. What is no such map is passed over.</param>
    public static SourceAccess From(IReadOnlyDictionary<string, string> environment, JsonNode? auths = null) => new()
    {
        Bearer = environment.GetValueOrDefault(BearerVariable, "").Trim(),
        Authorizations = (auths as JsonObject ?? [])
            .Where(pair => pair.Value is JsonObject auth && auth.ContainsKey("type") && auth.ContainsKey("value"))
            .ToDictionary(pair => pair.Key, pair => $"{pair.Value!["type"]} {pair.Value["value"]}", StringComparer.Ordinal),
    };
}
