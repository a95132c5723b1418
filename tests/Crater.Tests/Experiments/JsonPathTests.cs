using System.Text.Json.Nodes;
using Crater.Experiments;
using Xunit;

namespace Crater.Tests.Experiments;

public sealed class JsonPathTests
{
    // The document of RFC 9535, section 1.5, shortened.
    private const string Store = """
        {"store": {"book": [
          {"category": "reference", "title": "A", "price": 8.95},
          {"category": "fiction", "title": "B", "price": 12.99},
          {"category": "fiction", "title": "C", "isbn": "0-553", "price": 8.99},
          {"category": "fiction", "title": "D", "isbn": "0-395", "price": 22.99}],
          "bicycle": {"color": "red", "price": 399}}, "o": {"j j": {"k.k": 3}}, "limit": 10}
        """;

    [Theory]
    [InlineData("$.store.book[*].title", """["A","B","C","D"]""")]
    [InlineData("$..title", """["A","B","C","D"]""")]
    [InlineData("$.store.*.color", """["red"]""")]
    [InlineData("$.store..price", """[8.95,12.99,8.99,22.99,399]""")]
    [InlineData("$..book[2].title", """["C"]""")]
    [InlineData("$..book[-1].title", """["D"]""")]
    [InlineData("$..book[0,1].title", """["A","B"]""")]
    [InlineData("$..book[:2].title", """["A","B"]""")]
    [InlineData("$..book[1:4:2].title", """["B","D"]""")]
    [InlineData("$..book[::-1].title", """["D","C","B","A"]""")]
    [InlineData("$..book[?@.isbn].title", """["C","D"]""")]
    [InlineData("$..book[?(@.isbn)].title", """["C","D"]""")]
    [InlineData("$..book[?@.price < 10].title", """["A","C"]""")]
    [InlineData("$..book[?@.price < $.limit].title", """["A","C"]""")]
    [InlineData("$..book[?@.category == 'fiction' && !(@.isbn)].title", """["B"]""")]
    [InlineData("$..book[?(@.category=\"reference\" || @.price >= 20)].title", """["A","D"]""")]
    [InlineData("$..book[?@.isbn != '0-553' && @.isbn].title", """["D"]""")]
    [InlineData("$.o['j j']['k.k']", "[3]")]
    [InlineData("$.o[\"j j\"]", """[{"k.k":3}]""")]
    [InlineData("$['store']['bicycle']['color']", """["red"]""")]
    [InlineData("$.nothing[*]", "[]")]
    [InlineData("$.store.book[9]", "[]")]
    [InlineData("$.limit", "[10]")]
    public void A_path_finds_what_the_standard_says(string text, string expected)
    {
        Assert.True(JsonPath.TryParse(text, out var path, out var complaint), complaint);
        var found = new JsonArray([.. path!.Find(JsonNode.Parse(Store)).Select(node => node?.DeepClone())]);
        Assert.Equal(expected, found.ToJsonString());
    }

    [Theory]
    [InlineData("store")]
    [InlineData("$.")]
    [InlineData("$[")]
    [InlineData("$['a]")]
    [InlineData("$[?@.a ==]")]
    [InlineData("$[?(@.a]")]
    [InlineData("$.a b")]
    [InlineData("$[99999999999]")]
    [InlineData("")]
    public void What_is_no_path_is_refused_with_its_place(string text)
    {
        Assert.False(JsonPath.TryParse(text, out _, out var complaint));
        Assert.Contains("character", complaint, StringComparison.Ordinal);
    }
}
