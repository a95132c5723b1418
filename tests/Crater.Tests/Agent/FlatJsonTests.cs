using System.Text;
using System.Text.Json.Nodes;
using Crater.Agent.State;
using FsCheck;
using FsCheck.Fluent;
using Xunit;

namespace Crater.Tests.Agent;

public sealed class FlatJsonTests
{
    [Fact]
    public void Whatever_is_written_is_read_back_and_is_json_to_others() => Prop.ForAll<string[]>(words =>
    {
        var map = words.Select((word, i) => (Key: $"{i}:{word}", Value: word ?? "")).ToDictionary(pair => pair.Key, pair => pair.Value);
        var text = FlatJson.Write(map);

        // Through bytes, as on a disk.
        var read = FlatJson.Read(Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text)));
        Assert.Equal(map, read);
        Assert.DoesNotContain('\n', text);
        Assert.Equal(map.Count, JsonNode.Parse(text)!.AsObject().Count);
    }).QuickCheckThrowOnFailure();

    [Theory]
    [InlineData("\ud800")]
    [InlineData("a\u2028b\0c\r\n\t\\\"")]
    public void Odd_letters_survive(string value) => Assert.Equal(value, FlatJson.Read(FlatJson.Write(new Dictionary<string, string> { ["k"] = value }))!["k"]);

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("[]")]
    [InlineData("{\"a\":1}")]
    [InlineData("{\"a\":\"b\"")]
    [InlineData("{\"a\":\"b\",}")]
    [InlineData("{\"a\":\"b\"}x")]
    [InlineData("{\"a\":\"\\x\"}")]
    [InlineData("{\"a\":\"\\u12\"}")]
    [InlineData("{\"a\":\"b\\")]
    public void Another_text_is_no_map(string text) => Assert.Null(FlatJson.Read(text));
}
