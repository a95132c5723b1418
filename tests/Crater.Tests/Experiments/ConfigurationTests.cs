using System.Text.Json.Nodes;
using Crater.Experiments;
using Xunit;

namespace Crater.Tests.Experiments;

public sealed class ConfigurationTests
{
    [Theory]
    [InlineData("text", "\"text\"")]
    [InlineData("3", "3")]
    [InlineData("3.0", "3.0")]
    [InlineData("[1, a]", "[1,\"a\"]")]
    [InlineData("{a: 1}", "{\"a\":1}")]
    [InlineData("'B-${a}'", "\"B-${a}\"")]
    [InlineData("{type: other, key: HOST}", "{\"type\":\"other\",\"key\":\"HOST\"}")]
    [InlineData("{type: env, key: HOST}", "\"h1\"")]
    [InlineData("{type: env, key: PORT, env_var_type: int}", "81")]
    [InlineData("{type: env, key: PORT, env_var_type: integer}", "81")]
    [InlineData("{type: env, key: PORT, env_var_type: float}", "81")]
    [InlineData("{type: env, key: PORT, env_var_type: number}", "81")]
    [InlineData("{type: env, key: PORT, env_var_type: str}", "\"81\"")]
    [InlineData("{type: env, key: PORT, env_var_type: bytes}", "\"81\"")]
    [InlineData("{type: env, key: NO, default: x}", "\"x\"")]
    [InlineData("{type: env, key: NO, default: null}", "null")]
    [InlineData("{type: env, key: NO, default: 5}", "5")]
    [InlineData("{type: env, key: NO, default: '5', env_var_type: int}", "5")]
    [InlineData("{type: env, key: NO, default: 5.9, env_var_type: int}", "5")]
    [InlineData("{type: env, key: NO, default: true, env_var_type: bool}", "true")]
    [InlineData("{type: env, key: NO, default: 'FALSE', env_var_type: bool}", "false")]
    [InlineData("{type: env, key: NO, default: '0', env_var_type: bool}", "false")]
    [InlineData("{type: env, key: NO, default: 'no', env_var_type: bool}", "false")]
    [InlineData("{type: env, key: NO, default: 'off', env_var_type: bool}", "true")]
    [InlineData("{type: env, key: NO, default: '', env_var_type: bool}", "true")]
    [InlineData("{type: env, key: NO, default: '[1, 2]', env_var_type: json}", "[1,2]")]
    [InlineData("{type: env, key: NO, default: '', env_var_type: json}", "\"\"")]
    [InlineData("{type: env, key: NO, default: {a: 1}, env_var_type: json}", "{\"a\":1}")]
    public void An_entry_has_the_value_that_chaos_toolkit_gives_it(string entry, string json) =>
        Assert.Equal(json, ReaderTesting.Read($"title: t\nmethod: []\nconfiguration: {{a: {entry}}}").OrThrow().Configuration["a"]?.ToJsonString() ?? "null");

    [Theory]
    [InlineData("{type: env, key: NO, default: x, env_var_type: int}")]
    [InlineData("{type: env, key: NO, default: null, env_var_type: int}")]
    [InlineData("{type: env, key: NO, default: 1, env_var_type: bool}")]
    [InlineData("{type: env, key: NO, default: '{', env_var_type: json}")]
    public void A_default_is_converted_too(string entry) =>
        Assert.Contains("CRT2021", ReaderTesting.Read($"title: t\nmethod: []\nconfiguration: {{a: {entry}}}").Errors.Select(problem => problem.Code));

    [Fact]
    public void An_override_stands_in_for_a_variable_that_is_not_set() =>
        Assert.Equal("given", (string?)Read("{type: env, key: NO}", "given").OrThrow().Configuration["a"]);

    [Fact]
    public void An_override_may_be_an_entry_itself()
    {
        Assert.Equal("h1", (string?)Read("x", JsonNode.Parse("""{"type": "env", "key": "HOST"}""")).OrThrow().Configuration["a"]);
        Assert.Single(Read("x", JsonNode.Parse("""{"type": "probe", "provider": {"type": "process", "path": "true"}}""")).OrThrow().Dynamic);
    }

    [Theory]
    [InlineData("60", "pauses: {after: '${a}'}, provider: {type: process, path: 'true'}", "method[0].pauses.after", "--var a:int=120")]
    [InlineData("0.5", "provider: {type: http, url: 'http://h', timeout: '${a}'}", "method[0].provider.timeout", "--var a:float=120")]
    public void An_override_of_the_wrong_type_is_named_before_the_run(string declared, string rest, string path, string hint)
    {
        var reading = Read(declared, "120", $"[{{type: action, name: x, {rest}}}]");
        var error = Assert.Single(reading.Errors);
        Assert.Equal(("CRT2201", path), (error.Code, error.Path));
        Assert.Contains(hint, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_override_of_the_wrong_type_that_does_no_harm_is_a_warning()
    {
        var reading = Read("60", "120", "[{type: action, name: x, provider: {type: process, path: echo, arguments: ['${a}']}}]");
        Assert.Contains(reading.Problems, problem => problem is { Code: "CRT2200", IsWarning: true });
        reading.OrThrow();
    }

    [Theory]
    [InlineData("'60'", "120")]
    [InlineData("60", 120)]
    [InlineData("{type: env, key: NO}", "120")]
    public void An_override_of_the_declared_type_is_not_mentioned(string declared, object given) =>
        Assert.DoesNotContain("CRT2200", Read(declared, given is int number ? number : (string)given).Problems.Select(problem => problem.Code));

    [Theory]
    [InlineData("a=b=c", "a", "\"b=c\"")]
    [InlineData("a:int=3", "a", "3")]
    [InlineData("a:float=0.5", "a", "0.5")]
    [InlineData("a:bool=No", "a", "false")]
    [InlineData("a:json={\"x\": [1]}", "a", "{\"x\":[1]}")]
    [InlineData("a:b:str=x", "a:b", "\"x\"")]
    public void An_option_is_a_name_with_a_type_and_a_value(string option, string name, string json)
    {
        var (key, value) = VariableTypes.ParseOption(option);
        Assert.Equal((name, json), (key, value!.ToJsonString()));
    }

    [Theory]
    [InlineData("a")]
    [InlineData("=b")]
    [InlineData("a:int=x")]
    [InlineData("a:colour=x")]
    [InlineData("a:json={")]
    public void An_option_that_is_none_is_refused(string option) =>
        Assert.Equal("CRT1206", Assert.Throws<Crater.Diagnostics.CraterException>(() => VariableTypes.ParseOption(option)).Code);

    private static ExperimentReading Read(string declared, JsonNode? given, string method = "[]") => ReaderTesting.Read(
        $"title: t\nmethod: {method}\nconfiguration: {{a: {declared}}}", ReaderTesting.Options with { Variables = new Dictionary<string, JsonNode?> { ["a"] = given } });
}
