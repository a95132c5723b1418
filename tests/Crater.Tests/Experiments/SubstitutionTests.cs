using System.Text.Json.Nodes;
using Crater.Experiments;
using Xunit;

namespace Crater.Tests.Experiments;

public sealed class SubstitutionTests
{
    private static readonly Substitution Values = new(
        new Dictionary<string, JsonNode?> { ["n"] = 5, ["flag"] = true, ["list"] = new JsonArray(1, 2), ["twice"] = "${n}", ["none"] = null },
        new Secrets(new Dictionary<string, JsonObject> { ["one"] = new() { ["token"] = "first" }, ["two"] = new() { ["token"] = "second", ["n"] = "hidden" } }));

    [Theory]
    [InlineData("${n}", "5")]
    [InlineData("${list}", "[1,2]")]
    [InlineData("${none}", null)]
    [InlineData("$n", "\"5\"")]
    [InlineData("n=${n}", "\"n=5\"")]
    [InlineData("${flag}!", "\"True!\"")]
    [InlineData("${unknown}", "\"${unknown}\"")]
    [InlineData("${a.b} ${a-b}", "\"${a.b} ${a-b}\"")]
    [InlineData("$$n", "\"$n\"")]
    [InlineData("100$", "\"100$\"")]
    [InlineData("${twice}", "\"${n}\"")]
    [InlineData("${token}", "\"first\"")]
    public void A_text_is_replaced_as_chaos_toolkit_would(string text, string? expected) =>
        Assert.Equal(expected, Values.Value(text)?.ToJsonString(new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping }));

    [Fact]
    public void Values_are_replaced_at_every_depth_and_keys_are_not()
    {
        var replaced = Values.Apply(JsonNode.Parse("""{"${n}": [{"a": "${n}"}]}"""))!;
        Assert.True(JsonNode.DeepEquals(replaced, JsonNode.Parse("""{"${n}": [{"a": 5}]}""")));
    }

    [Fact]
    public void Secrets_are_masked_in_texts_urls_and_json()
    {
        var secrets = new Secrets(new Dictionary<string, JsonObject> { ["g"] = new() { ["a"] = "pass word/1", ["n"] = 123456, ["short"] = "no" } });
        Assert.Equal("a ***** b *****", secrets.Mask("a pass word/1 b pass%20word%2F1"));
        Assert.Equal("""{"k":["*****","no"],"n":"*****"}""", secrets.Mask(JsonNode.Parse("""{"k": ["pass word/1", "no"], "n": 123456}"""))!.ToJsonString());
        Assert.Equal(Secrets.Masked, secrets.ToString());
    }

    [Theory]
    [InlineData("{type: env, key: PORT}", "\"81\"")]
    [InlineData("{type: env, key: PORT, env_var_type: int}", "81")]
    [InlineData("{type: env, key: PORT, env_var_type: float}", "81")]
    [InlineData("{type: env, key: NOT_SET, default: 7}", "7")]
    [InlineData("{type: env, key: NOT_SET, default: '7', env_var_type: int}", "7")]
    [InlineData("{type: env, key: NOT_SET, default: ~}", null)]
    [InlineData("{type: env, key: HOST, env_var_type: bool}", "true")]
    [InlineData("{type: env, key: NOT_SET, default: 'No', env_var_type: bool}", "false")]
    [InlineData("{type: env, key: NOT_SET, default: '[1]', env_var_type: json}", "[1]")]
    [InlineData("{type: other, x: 1}", """{"type":"other","x":1}""")]
    [InlineData("'B-${HOST}'", "\"B-${HOST}\"")]
    public void A_configuration_entry_resolves_by_its_form(string entry, string? expected)
    {
        var experiment = ReaderTesting.Read($"title: t\nmethod: []\nconfiguration: {{a: {entry}}}").OrThrow();
        Assert.Equal(expected, experiment.Configuration["a"]?.ToJsonString());
    }

    [Fact]
    public void An_override_stands_in_for_an_environment_variable_that_is_not_set()
    {
        var options = ReaderTesting.Options with { Variables = new Dictionary<string, JsonNode?> { ["a"] = 3 } };
        Assert.Equal("3", ReaderTesting.Read("title: t\nmethod: []\nconfiguration: {a: {type: env, key: NOT_SET}}", options).OrThrow().Configuration["a"]!.ToJsonString());
    }

    [Fact]
    public void The_title_shows_its_variables_values() =>
        Assert.Equal("T 5", ReaderTesting.Read("title: T ${n}\nmethod: []\nconfiguration: {n: 5}").OrThrow().Title);

    [Fact]
    public void A_secret_from_the_environment_is_found_and_hidden()
    {
        var experiment = ReaderTesting.Read("title: t\nmethod: []\nsecrets: {g: {t: {type: env, key: TOKEN}}}").OrThrow();
        Assert.True(experiment.Secrets.TryFind("t", out var value));
        Assert.Equal("s3cr3t-token", value!.GetValue<string>());
        Assert.DoesNotContain("s3cr3t", experiment.ToString(), StringComparison.Ordinal);
    }
}
