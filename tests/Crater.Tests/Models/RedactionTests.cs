using System.Text.Json.Nodes;
using Crater.Models.Safety;
using Xunit;

namespace Crater.Tests.Models;

public sealed class RedactionTests
{
    private const string Canary = "sk-canary0123456789abcdefghij";

    [Fact]
    public void No_canary_and_no_control_character_comes_out_of_any_corner_of_a_document()
    {
        var node = new JsonObject
        {
            ["text"] = $"a \u001b[31mkey\u0007 {Canary}",
            ["list"] = new JsonArray(Canary, new JsonObject { ["deep"] = $"Bearer {Canary}" }),
            [Canary] = 1,
            ["password"] = "hunter2",
            ["number"] = 7,
            ["nothing"] = null,
        };
        var clean = Redaction.Of(node)!;
        var text = clean.ToJsonString();
        Assert.DoesNotContain("canary", text, StringComparison.Ordinal);
        Assert.DoesNotContain("hunter2", text, StringComparison.Ordinal);
        Assert.DoesNotContain("u001B", text, StringComparison.OrdinalIgnoreCase);
        Assert.Equal(7, (int)clean["number"]!);
    }

    [Fact]
    public void What_is_no_secret_stays_as_it_is()
    {
        var node = new JsonObject { ["run"] = "chaos-1a2b3c4d", ["list"] = new JsonArray(true, 1.5, "the token of the day was short") };
        Assert.True(JsonNode.DeepEquals(node, Redaction.Of(node)));
    }
}
