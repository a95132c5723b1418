using System.Text.Json.Nodes;
using Crater.Lab.Api.Expressions;
using Xunit;

namespace Crater.Tests.Lab.Api;

public sealed class ExpressionTests
{
    [Theory]
    [InlineData("self.mode != 'b' || self.size > 2")]
    [InlineData("has(self.mode) && !has(self.gone)")]
    [InlineData("self.names.all(n, n.startsWith('x')) && self.names.exists(n, n == 'x2')")]
    [InlineData("self.names.filter(n, n.endsWith('1')).size() == 1")]
    [InlineData("size(self.names) + 1 == 3 && self.size * 2 >= 6 && -self.size < 0")]
    [InlineData("'a' in self.labels && self.labels['a'] == \"1\"")]
    [InlineData("self.size in [1, 2, 3] ? self.mode.matches('^[a-z]$') : false")]
    [InlineData("self.gone == 1 || true")]
    [InlineData("self.ratio == 1.5 && self.size == 3.0")]
    public void A_rule_holds_that_holds_in_CEL(string rule) => Assert.True(Evaluate(rule));

    [Theory]
    [InlineData("self.size > 3")]
    [InlineData("self.names.exists_one(n, n.contains('x'))")]
    [InlineData("false && self.gone == 1")]
    public void A_rule_fails_that_fails_in_CEL(string rule) => Assert.False(Evaluate(rule));

    [Theory]
    [InlineData("duration(self.mode) > duration('1s')", "CRT8050")]
    [InlineData("self.mode.format(['a'])", "CRT8050")]
    [InlineData("self.size >", "Syntax error")]
    [InlineData("other.size > 1", "undeclared reference to 'other'")]
    public void A_rule_beyond_what_the_lab_has_is_refused_when_it_is_read(string rule, string why) =>
        Assert.Contains(why, Assert.Throws<ExpressionException>(() => Expression.Read(rule, "self")).Message, StringComparison.Ordinal);

    [Fact]
    public void A_field_that_is_not_there_is_no_value()
    {
        var missing = Assert.Throws<ExpressionException>(() => Evaluate("self.gone > 1"));

        Assert.Equal("no such key: gone", missing.Message);
    }

    private static bool Evaluate(string rule) => Expression.Read(rule, "self").IsTrue(new Dictionary<string, object?>
    {
        ["self"] = Expression.ValueOf(JsonNode.Parse("""{"size": 3, "mode": "a", "names": ["x1", "x2"], "labels": {"a": "1"}, "ratio": 1.5}""")),
    });
}
