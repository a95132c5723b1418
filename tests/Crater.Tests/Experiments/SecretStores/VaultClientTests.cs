using System.Text.Json.Nodes;
using Crater.Documents;
using Crater.Experiments;
using Crater.Experiments.SecretStores;
using Crater.Tests.Load;
using Microsoft.AspNetCore.Http;
using Xunit;
using static Crater.Tests.Experiments.SecretStores.FakeVaultServer;

namespace Crater.Tests.Experiments.SecretStores;

public sealed class VaultClientTests : IAsyncLifetime
{
    private readonly string _home = Directory.CreateTempSubdirectory("crater-vault-").FullName;
    private FakeVaultServer _vault = null!;

    public async ValueTask InitializeAsync() => _vault = await StartAsync();

    public ValueTask DisposeAsync()
    {
        Directory.Delete(_home, recursive: true);
        return _vault.DisposeAsync();
    }

    [Theory]
    [InlineData("2", "secret")]
    [InlineData("1", "kv1")]
    public void A_secret_is_the_whole_map_or_one_key_of_it(string version, string mount)
    {
        (string, JsonNode?)[] settings = [("vault_token", Token), ("vault_kv_version", version), ("vault_secrets_mount_point", mount)];
        Assert.Equal("""{"password":"pa55-w0rd","user":"jane","port":5432}""", Ask("foo/bar", "", settings).Value!.ToJsonString());
        Assert.Equal("pa55-w0rd", Ask("/foo/bar/", "password", settings).Value!.GetValue<string>());
    }

    [Fact]
    public void The_version_may_be_a_number_and_is_2_unless_said_otherwise()
    {
        Assert.Equal("jane", Ask("foo/bar", "user", ("vault_token", Token)).Value!.GetValue<string>());
        Assert.Equal("jane", Ask("foo/bar", "user", ("vault_token", Token), ("vault_kv_version", 1), ("vault_secrets_mount_point", "kv1")).Value!.GetValue<string>());
    }

    [Fact]
    public void An_app_role_logs_in_and_asks_once_for_each_path()
    {
        var client = Client();
        var configuration = Configuration([("vault_role_id", "shop"), ("vault_role_secret", RoleSecret)]);
        Assert.Equal("jane", client.Ask(new("foo/bar", "user", configuration)).Value!.GetValue<string>());
        Assert.Equal("pa55-w0rd", client.Ask(new("foo/bar", "password", configuration)).Value!.GetValue<string>());
        Assert.Equal("CRT2260", client.Ask(new("other", "", configuration)).Code);
        Assert.Equal(["POST /v1/auth/approle/login", "GET /v1/secret/data/foo/bar", "GET /v1/secret/data/other"], _vault.Requests);
    }

    [Theory]
    [InlineData("kubernetes")]
    [InlineData("prod-cluster")]
    public void A_service_account_logs_in_at_its_mount_point(string mount)
    {
        File.WriteAllText(Path.Combine(_home, "token"), Jwt);
        Assert.Equal("jane", Ask("foo/bar", "user", ("vault_sa_role", "chaos"), ("vault_sa_token_path", Path.Combine(_home, "token")), ("vault_k8s_mount_point", mount)).Value!.GetValue<string>());
        Assert.Contains($"POST /v1/auth/{mount}/login", _vault.Requests);
    }

    [Fact]
    public void Where_the_configuration_says_nothing_the_environment_does()
    {
        var surroundings = new Dictionary<string, string> { ["VAULT_ADDR"] = _vault.Address, ["VAULT_TOKEN"] = Token, ["VAULT_NAMESPACE"] = "team-a", ["HOME"] = _home };
        Assert.Equal("jane", new VaultClient(surroundings, TimeProvider.System).Ask(new("foo/bar", "user", Configuration([], withAddress: false))).Value!.GetValue<string>());
        Assert.Equal("team-a", _vault.Space);
        File.WriteAllText(Path.Combine(_home, ".vault-token"), Token + "\n");
        Assert.Equal("jane", Ask("foo/bar", "user").Value!.GetValue<string>());
    }

    [Theory]
    [InlineData("nothing/here")]
    [InlineData("deleted")]
    public void A_missing_secret_is_an_error(string path)
    {
        var answer = Ask(path, "password", ("vault_token", Token));
        Assert.Equal(("{}", "CRT2260", false), (answer.Value!.ToJsonString(), answer.Code, answer.IsWarning));
    }

    [Theory]
    [InlineData("foo/bar", "no", "vault_token", Token, "CRT2261", "has no key no; it has password, user, port.")]
    [InlineData("foo/bar", "", "vault_token", "hvs.wrong", "CRT2267", "Vault does not let the login read foo/bar: permission denied.")]
    [InlineData("foo/bar", "", "vault_role_id", "shop", "CRT2264", "Vault did not let approle shop in at auth/approle/login: 400 invalid role or secret ID *****.")]
    [InlineData("foo/bar", "", "vault_sa_role", "chaos", "CRT2265", "cannot be read")]
    [InlineData("foo/bar", "", "unused", "", "CRT2266", "Nothing says how to log in to Vault")]
    public void What_cannot_be_had_is_an_error_without_a_secret(string path, string key, string setting, string value, string code, string part)
    {
        var answer = Ask(path, key, (setting, value), ("vault_role_secret", "wrong-secret"), ("vault_sa_token_path", "/no/such/token"));
        Assert.Equal((code, false), (answer.Code, answer.IsWarning));
        Assert.Contains(part, answer.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("wrong-secret", answer.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("hvs.", answer.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_sealed_vault_and_odd_settings_are_errors_that_say_so()
    {
        Assert.Equal("CRT2267 Vault answered 503 for a: Vault is sealed.", Say(Ask("a", "", ("vault_token", Token), ("vault_secrets_mount_point", "sys/sealed"))));
        Assert.StartsWith("CRT2269 vault_kv_version is 3", Say(Ask("a", "", ("vault_token", Token), ("vault_kv_version", 3))), StringComparison.Ordinal);
        Assert.StartsWith("CRT2263 vault_addr is no address of Vault: 'vault:8200'", Say(Ask("a", "", ("vault_token", Token), ("vault_addr", "vault:8200"))), StringComparison.Ordinal);
        Assert.StartsWith("CRT2262 Vault at http://127.0.0.1:1 could not be asked", Say(Ask("a", "", ("vault_token", Token), ("vault_addr", "http://127.0.0.1:1"))), StringComparison.Ordinal);
    }

    [Fact]
    public void A_vault_that_does_not_answer_is_given_up() =>
        Assert.Equal($"CRT2262 Vault at {_vault.Address} did not answer within 300ms.", Say(new VaultClient(new Dictionary<string, string>(), TimeProvider.System) { Patience = TimeSpan.FromMilliseconds(300) }
            .Ask(new("slow", "", Configuration([("vault_token", Token)])))));

    [Fact]
    public async Task What_is_no_vault_is_said_to_be_none()
    {
        await using var server = await ScriptedServer.StartAsync(context => context.Response.WriteAsync("<html>"));
        Assert.StartsWith("CRT2268 What answers at", Say(Ask("a", "", ("vault_token", Token), ("vault_addr", server.Url.ToString()))), StringComparison.Ordinal);
    }

    [Fact]
    public void A_document_gets_its_secrets_and_they_are_masked()
    {
        var text = $$$"""
            title: t
            description: d
            configuration: {vault_addr: "{{{_vault.Address}}}", vault_token: {type: env, key: MY_TOKEN}}
            secrets: {db: {all: {type: vault, path: foo/bar}, word: {type: vault, path: foo/bar, key: password}} }
            method: []
            """;
        var options = new ReadOptions { Environment = new Dictionary<string, string> { ["MY_TOKEN"] = Token }, Vault = Client().Ask };
        var reading = ExperimentReader.Read(text, DocumentFormat.Yaml, options);
        Assert.Empty(reading.Problems);
        Assert.True(reading.OrThrow().Secrets.TryFind("word", out var word));
        Assert.Equal("pa55-w0rd", word!.GetValue<string>());
        Assert.Equal("it is *****", reading.OrThrow().Secrets.Mask("it is pa55-w0rd"));
    }

    private static string Say(VaultAnswer answer) => $"{answer.Code} {answer.Message}";

    private VaultClient Client() => new(new Dictionary<string, string> { ["HOME"] = _home }, TimeProvider.System);

    private VaultAnswer Ask(string path, string key, params (string Name, JsonNode? Value)[] settings) => Client().Ask(new(path, key, Configuration(settings)));

    private Dictionary<string, JsonNode?> Configuration((string Name, JsonNode? Value)[] settings, bool withAddress = true)
    {
        var configuration = withAddress ? new Dictionary<string, JsonNode?> { ["vault_addr"] = _vault.Address } : [];
        foreach (var (name, value) in settings)
        {
            configuration[name] = value;
        }

        return configuration;
    }
}
