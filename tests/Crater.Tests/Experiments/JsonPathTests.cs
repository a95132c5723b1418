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
    [InlineData("$..book[::-1,9].title", "[]")]
    [InlineData("$..book[::-1]['title']", """["D","C","B","A"]""")]
    [InlineData("$..book[?@.isbn].title", """["C","D"]""")]
    [InlineData("$..book[?(@['isbn'])].title", """["C","D"]""")]
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

    // The language of Chaos Toolkit's library: a filter is asked of the node itself.
    [Theory]
    [InlineData("$..book[?(@.isbn)].title", "[]")]
    [InlineData("$..book.*[?(@.isbn)].title", """["C","D"]""")]
    [InlineData("$.store.bicycle[?(@.color)].price", "[399]")]
    [InlineData("$.store.bicycle[?(@.color=\"red\")].price", "[399]")]
    [InlineData("$.store.book[*][?(@.price<9 and not @.isbn)].title", """["A"]""")]
    [InlineData("$.store.book[*][?(@.title=\"A\" or @.title=\"C\" and @.isbn)].title", """["C"]""")]
    [InlineData("$.store.book[*][?(@.price>$.limit)].title", """["B","D"]""")]
    [InlineData("$.store.book[*][?(@.title contains \"B\")].price", "[12.99]")]
    [InlineData("$.store.book[*][?(@.title!=\"A\")].title", """["B","C","D"]""")]
    [InlineData("$.store.book[?(@.*.title=\"B\")].length()", "[4]")]
    [InlineData("$.store.book.length()", "[4]")]
    [InlineData("$.store.bicycle.keys()", """[["color","price"]]""")]
    [InlineData("$.store.bicycle.values()", """[["red",399]]""")]
    [InlineData("$.store.bicycle.entries()", """[[["color","red"],["price",399]]]""")]
    [InlineData("$.store.bicycle.color.charAt(1)", """["e"]""")]
    [InlineData("$.store.bicycle.color.substring(1)", """["ed"]""")]
    [InlineData("$[\"store\"][\"bicycle\"][\"color\"]", """["red"]""")]
    [InlineData("$.store.book[-1:].title", """["D"]""")]
    [InlineData("$.store.book[-9:2].title", """["A","B"]""")]
    [InlineData("$.store.book[0,2].title", """["A","C"]""")]
    [InlineData("$ . store . bicycle . color", """["red"]""")]
    public void A_path_of_chaos_toolkits_language_means_what_it_means_there(string text, string expected)
    {
        Assert.True(JsonPath.TryParse(text, out var path, out var complaint), complaint);
        Assert.True(path!.IsToolkit);
        Assert.Equal(expected, new JsonArray([.. path.Find(JsonNode.Parse(Store)).Select(node => node?.DeepClone())]).ToJsonString());
    }

    [Theory]
    [InlineData("$.a[?(@.b==1)]")]
    [InlineData("$.a[?@.b]")]
    [InlineData("$['a']")]
    [InlineData("$.a-b")]
    [InlineData("$.not")]
    public void A_path_that_chaos_toolkit_cannot_read_is_read_by_the_standard(string text)
    {
        Assert.True(JsonPath.TryParse(text, out var path, out _));
        Assert.False(path!.IsToolkit);
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
