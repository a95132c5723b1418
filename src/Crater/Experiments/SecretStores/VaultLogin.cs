using System.Text.Json.Nodes;

namespace Crater.Experiments.SecretStores;

/// <summary>How to be let in: a token, an AppRole, or the service account of a Kubernetes pod, in this order.</summary>
/// <param name="Token">Ready to be used; empty when one has to be asked for.</param>
/// <param name="Name">Tells logins apart; has no secret in it.</param>
internal sealed record VaultLogin(string Token, string Name, string Path, JsonObject Body)
{
    private const string StandardTokenPath = "/var/run/secrets/kubernetes.io/serviceaccount/token";

    /// <exception cref="VaultException">CRT2265, CRT2266.</exception>
    public static VaultLogin Of(VaultSettings settings)
    {
        if (settings.Has("vault_token"))
        {
            return new VaultLogin(settings.Value("vault_token"), "token", "", []);
        }

        if (settings.Has("vault_role_id") && settings.Has("vault_role_secret"))
        {
            var role = settings.Value("vault_role_id");
            return new VaultLogin("", $"approle {role}", "auth/approle/login", new JsonObject { ["role_id"] = role, ["secret_id"] = settings.Value("vault_role_secret") });
        }

        if (settings.Has("vault_sa_role"))
        {
            var role = settings.Value("vault_sa_role");
            var mount = settings.Value("vault_k8s_mount_point", "kubernetes").Trim('/');
            var token = ServiceAccount(settings.Value("vault_sa_token_path", StandardTokenPath));
            return new VaultLogin("", $"{mount} {role}", $"auth/{mount}/login", new JsonObject { ["role"] = role, ["jwt"] = token });
        }

        return FromSurroundings(settings);
    }

    /// <exception cref="VaultException">CRT2264: not let in.</exception>
    public string LogIn(VaultWire wire, string address)
    {
        var (status, answer) = wire.Ask(HttpMethod.Post, $"{address}/v1/{Path}", Body, "");
        return status == 200 && answer?["auth"]?["client_token"] is JsonValue token
            ? token.ToString()
            : throw new VaultException("CRT2264", $"Vault did not let {Name} in at {Path}: {status} {VaultWire.Reasons(answer, [.. Body.Select(pair => pair.Value!.ToString())])}.");
    }

    // What Vault's own tools fall back on.
    private static VaultLogin FromSurroundings(VaultSettings settings)
    {
        var token = settings.Variable("VAULT_TOKEN");
        var file = System.IO.Path.Combine(settings.Variable("HOME", "/"), ".vault-token");
        if (token.Length == 0 && File.Exists(file))
        {
            token = Text(file).Trim();
        }

        return token.Length > 0
            ? new VaultLogin(token, "token", "", [])
            : throw new VaultException("CRT2266", "Nothing says how to log in to Vault; give vault_token, or vault_role_id and vault_role_secret, or vault_sa_role in configuration.");
    }

    private static string ServiceAccount(string path) => Text(path) is { Length: > 0 } token
        ? token
        : throw new VaultException("CRT2265", $"The service account's token at {path} is empty.");

    private static string Text(string path)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new VaultException("CRT2265", $"The token for Vault at {path} cannot be read: {error.Message}");
        }
    }
}
