using System.Text.Json.Nodes;
using Crater.Experiments;
using Xunit;

namespace Crater.Tests.Experiments;

public sealed class SecretsReadingTests
{
    [Theory]
    [InlineData("{g: {k: literal}}", "k", "\"literal\"")]
    [InlineData("{g: {k: {type: env, key: TOKEN}}}", "k", "\"s3cr3t-token\"")]
    [InlineData("{g: {k: {deep: {deeper: {type: env, key: TOKEN}}}}}", "k", """{"deep":{"deeper":"s3cr3t-token"}}""")]
    [InlineData("{k: {type: env, key: TOKEN}}", "k", "\"s3cr3t-token\"")]
    [InlineData("{k: literal}", "k", "\"literal\"")]
    [InlineData("{g: {type: vault, path: all}}", "user", "\"u\"")]
    [InlineData("{g: {k: {type: vault, path: all, key: user}}}", "k", "\"u\"")]
    [InlineData("{g: {k: {type: vault, path: all}}}", "k", """{"user":"u"}""")]
    public void A_secret_is_found_by_its_name(string section, string name, string json)
    {
        var experiment = ReaderTesting.Read($"title: t\nmethod: []\nconfiguration: {{vault_addr: http://v}}\nsecrets: {section}", ReaderTesting.Options with { Vault = Vault }).OrThrow();
        Assert.True(experiment.Secrets.TryFind(name, out var value));
        Assert.Equal(json, value!.ToJsonString());
    }

    [Theory]
    [InlineData("vault_token")]
    [InlineData("vault_role_secret")]
    public void What_logs_in_to_Vault_is_masked_though_it_stands_in_configuration(string name)
    {
        var experiment = ReaderTesting.Read($"title: t\nmethod: []\nconfiguration: {{{name}: hvs.login-1, vault_addr: http://v}}").OrThrow();
        Assert.Equal("with ***** at http://v", experiment.Secrets.Mask("with hvs.login-1 at http://v"));
    }

    [Fact]
    public void A_var_file_replaces_a_group_as_a_whole()
    {
        var options = ReaderTesting.Options with { SecretOverrides = new JsonObject { ["g"] = new JsonObject { ["k"] = "given" }, ["other"] = new JsonObject() } };
        var reading = ReaderTesting.Read("title: t\nmethod: []\nsecrets: {g: {k: {type: env, key: NOT_SET}, gone: {type: vault, path: p}}}", options);
        Assert.True(reading.OrThrow().Secrets.TryFind("k", out var value));
        Assert.Equal("given", (string?)value);
        Assert.False(reading.Experiment!.Secrets.TryFind("gone", out _));
        Assert.Equal(["CRT2023", "CRT2003"], reading.Problems.OrderBy(problem => problem.Code == "CRT2003").Select(problem => problem.Code));
    }

    [Fact]
    public void A_vault_that_cannot_be_asked_is_the_error_that_it_names()
    {
        var reading = ReaderTesting.Read("title: t\nmethod: []\nsecrets: {g: {k: {type: vault, path: p}}}",
            ReaderTesting.Options with { Vault = _ => new VaultAnswer(new JsonObject(), "CRT2400", "no answer") });
        Assert.Equal(("secrets.g.k", "CRT2400"), reading.Errors.Select(problem => (problem.Path, problem.Code)).Single());
    }

    private static VaultAnswer Vault(VaultRequest request) =>
        new(request is { Path: "all", Key: "user" } && request.Configuration.ContainsKey("vault_addr") ? "u" : new JsonObject { ["user"] = "u" });
}
