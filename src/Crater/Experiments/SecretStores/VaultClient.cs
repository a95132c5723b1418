using System.Text.Json.Nodes;

namespace Crater.Experiments.SecretStores;

/// <summary>
/// Asks HashiCorp Vault's key-value store, version 1 or 2, over its HTTP API. It logs in once for each address and role, and asks for each path once: a
/// document is read more than once before a run. No message has a secret in it.
/// </summary>
/// <param name="environment"><c>VAULT_ADDR</c>, <c>VAULT_TOKEN</c>, <c>VAULT_NAMESPACE</c>, <c>VAULT_CACERT</c> and <c>HOME</c> count, where the configuration says nothing.</param>
public sealed class VaultClient(IReadOnlyDictionary<string, string> environment, TimeProvider clock)
{
    private const string StandardAddress = "http://localhost:8200";
    private readonly Lock _gate = new();
    private readonly Dictionary<string, VaultAnswer> _answers = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _tokens = new(StringComparer.Ordinal);

    /// <value>How long one request may take. Default: 10 s.</value>
    public TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>For <see cref="ReadOptions.Vault"/>. Never throws: what is wrong stands in the answer.</summary>
    public VaultAnswer Ask(VaultRequest request)
    {
        lock (_gate)
        {
            try
            {
                return Ask(new VaultSettings(request.Configuration, environment), request);
            }
            catch (VaultException refusal)
            {
                return new VaultAnswer(new JsonObject(), refusal.Code, refusal.Message);
            }
        }
    }

    private VaultAnswer Ask(VaultSettings settings, VaultRequest request)
    {
        var address = settings.Value("vault_addr", settings.Variable("VAULT_ADDR", StandardAddress)).TrimEnd('/');
        var version = settings.Value("vault_kv_version", "2");
        var mount = settings.Value("vault_secrets_mount_point", "secret").Trim('/');
        if (version is not ("1" or "2"))
        {
            throw new VaultException("CRT2269", $"vault_kv_version is {version}; a key-value store of Vault has the version 1 or 2.");
        }

        var path = string.Join('/', request.Path.Trim('/').Split('/').Select(Uri.EscapeDataString));
        var url = $"{address}/v1/{mount}/{(version == "2" ? "data/" : "")}{path}";
        if (!_answers.TryGetValue(url, out var whole))
        {
            var wire = new VaultWire(address, settings.Variable("VAULT_NAMESPACE"), settings.Variable("VAULT_CACERT"), Patience, clock);
            _answers[url] = whole = Read(wire, url, Token(wire, address, settings), version, request.Path);
        }

        return request.Key.Length == 0 || whole.Code.Length > 0 ? whole : One(whole, request);
    }

    private static VaultAnswer Read(VaultWire wire, string url, string token, string version, string path)
    {
        var (status, answer) = wire.Ask(HttpMethod.Get, url, null, token);
        var data = version == "2" ? answer?["data"]?["data"] : answer?["data"];
        return (status, data) switch
        {
            (200, JsonObject secret) => new VaultAnswer(secret.DeepClone()),
            (404, _) => Missing(path, version),
            (200, null) when answer?["data"] is JsonObject => Missing(path, version),
            (200, _) => throw new VaultException("CRT2268", $"Vault's answer for {path} is no key-value secret; check vault_kv_version, which is {version}, and vault_secrets_mount_point."),
            (403, _) => throw new VaultException("CRT2267", $"Vault does not let the login read {path}: {VaultWire.Reasons(answer, token)}. Check the token's policy and vault_secrets_mount_point."),
            _ => throw new VaultException("CRT2267", $"Vault answered {status} for {path}: {VaultWire.Reasons(answer, token)}."),
        };
    }

    private static VaultAnswer Missing(string path, string version) => new(new JsonObject(), "CRT2260",
        $"Vault has no secret at {path}. Check the path, vault_kv_version, which is {version}, and vault_secrets_mount_point.");

    private static VaultAnswer One(VaultAnswer whole, VaultRequest request) => whole.Value is JsonObject secret && secret.TryGetPropertyValue(request.Key, out var value)
        ? new VaultAnswer(value?.DeepClone())
        : new VaultAnswer(new JsonObject(), "CRT2261",
            $"Vault's secret at {request.Path} has no key {request.Key}; it has {(whole.Value is JsonObject { Count: > 0 } other ? string.Join(", ", other.Select(pair => pair.Key)) : "none")}.");

    private string Token(VaultWire wire, string address, VaultSettings settings)
    {
        var login = VaultLogin.Of(settings);
        if (login.Token.Length > 0)
        {
            return login.Token;
        }

        var key = $"{address} {login.Name}";
        if (!_tokens.TryGetValue(key, out var token))
        {
            _tokens[key] = token = login.LogIn(wire, address);
        }

        return token;
    }
}

/// <summary>The configuration keys that begin with <c>vault_</c>, and the variables that stand in for them.</summary>
internal sealed class VaultSettings(IReadOnlyDictionary<string, JsonNode?> configuration, IReadOnlyDictionary<string, string> environment)
{
    public bool Has(string key) => configuration.TryGetValue(key, out var value) && value is not null;

    /// <summary>An empty value counts as none.</summary>
    public string Value(string key, string standard = "") =>
        configuration.TryGetValue(key, out var value) && value is not null && Substitution.Written(value) is { Length: > 0 } text ? text : standard;

    public string Variable(string name, string standard = "") => environment.GetValueOrDefault(name, "") is { Length: > 0 } value ? value : standard;
}

/// <summary>Why a secret cannot be had from Vault.</summary>
internal sealed class VaultException(string code, string message) : Exception(message)
{
    public string Code { get; } = code;
}
