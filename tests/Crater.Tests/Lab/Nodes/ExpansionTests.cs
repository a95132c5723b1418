using Crater.Lab.Nodes;
using Xunit;

namespace Crater.Tests.Lab.Nodes;

public sealed class ExpansionTests
{
    private static readonly Dictionary<string, string> Variables = new() { ["HOST"] = "carts", ["PORT"] = "80" };

    [Theory]
    [InlineData("http://$(HOST):$(PORT)", "http://carts:80")]
    [InlineData("$(UNKNOWN)", "$(UNKNOWN)")]
    [InlineData("$$(HOST)", "$(HOST)")]
    [InlineData("cost: 5$", "cost: 5$")]
    [InlineData("$HOST $(HOST", "$HOST $(HOST")]
    public void Known_names_are_replaced_and_everything_else_stays(string text, string expanded) =>
        Assert.Equal(expanded, Expansion.Expand(text, Variables));
}
