using System.Text.Json.Nodes;
using Crater.Cli;
using Crater.Cli.Terminal;
using Crater.Diagnostics;
using Xunit;

namespace Crater.Tests.Cli;

/// <summary>Names and answers of others stand in what a verb says; a terminal must show them, and not do what they say.</summary>
public sealed class OutputTests : IDisposable
{
    /// <summary>Clears the screen, sets the window's title, hides what follows, writes from right to left, and the one-character form of an introducer.</summary>
    private const string Hostile = "carts\u001b[2J\u001b]0;owned\u0007\u001b[8m\u202estac\u009b31m\r";

    private readonly StringWriter _said = new();

    public void Dispose() => _said.Dispose();

    [Theory]
    [InlineData("line")]
    [InlineData("note")]
    [InlineData("detail")]
    [InlineData("problem")]
    [InlineData("document")]
    public void No_control_sequence_of_others_gets_to_a_terminal(string way)
    {
        Say(way);

        Assert.Contains("carts", _said.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain(_said.ToString(), c => c is not '\n' && (char.IsControl(c) || c == '\u202e'));
    }

    [Fact]
    public void A_machine_reads_the_same_value_as_was_said()
    {
        Say("document");

        Assert.Equal(Hostile, JsonNode.Parse(_said.ToString())!["name"]!.GetValue<string>());
    }

    private void Say(string way)
    {
        var output = new Output(
            new Surroundings
            {
                Out = _said,
                Error = _said,
                IsTerminal = true,
                WorkingDirectory = "/",
                Environment = new Dictionary<string, string>(),
                Clock = TimeProvider.System,
            },
            json: way == "document", verbose: true);
        switch (way)
        {
            case "line": output.Line(Hostile); break;
            case "note": output.Note(Hostile); break;
            case "detail": output.Detail(Hostile); break;
            case "problem": output.Failed(new CraterException("CRT3105", Hostile)); break;
            default: output.Document(new JsonObject { ["name"] = Hostile }); break;
        }
    }
}
