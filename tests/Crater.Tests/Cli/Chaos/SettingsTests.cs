using System.Text.Json.Nodes;
using Crater.Cli.Chaos.Settings;
using Xunit;

namespace Crater.Tests.Cli.Chaos;

public sealed class SettingsTests
{
    private const string Settings = """
        {"auths": {"example.com": {"type": "bearer"}, "local:8081": {"type": "basic"}}, "controls": [{"name": "one"}, {"name": "two"}], "nothing": null}
        """;

    [Theory]
    [InlineData(@"auths.example\.com.type", "bearer")]
    [InlineData("auths.local:8081.type", "basic")]
    [InlineData("controls[1].name", "two")]
    public void A_value_is_found_by_its_dotted_key(string key, string value) => Assert.Equal(value, (string?)Find(key)!.Value);

    [Theory]
    [InlineData("auths.example.com")]
    [InlineData("controls[2]")]
    [InlineData("controls[]")]
    [InlineData("controls.name")]
    [InlineData("auths[0]")]
    [InlineData("")]
    [InlineData("auths.")]
    public void A_key_that_leads_nowhere_finds_nothing(string key) => Assert.Null(Find(key));

    [Fact]
    public void A_value_that_is_null_is_there_all_the_same() => Assert.NotNull(Find("nothing"));

    [Fact]
    public void A_value_in_a_list_can_be_changed_and_taken_away()
    {
        var settings = Read();
        SettingsKey.Find(settings, "controls[0].name")!.Set("first");
        SettingsKey.Find(settings, "controls[1]")!.Remove();

        Assert.Equal("""[{"name":"first"}]""", settings["controls"]!.ToJsonString());
    }

    [Theory]
    [InlineData("\"a text\"", "a text")]
    [InlineData("""{"a": [1, 2.5, true, null], "b": "it's\n"}""", """{'a': [1, 2.5, True, None], 'b': "it's\n"}""")]
    public void Data_is_written_as_Python_writes_it(string json, string text) => Assert.Equal(text, PythonText.Of(JsonNode.Parse(json)));

    private static SettingsKey? Find(string key) => SettingsKey.Find(Read(), key);

    private static JsonObject Read() => JsonNode.Parse(Settings)!.AsObject();
}
