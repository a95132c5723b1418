using Crater.Models.Structure;
using Crater.Models.Tools;
using Xunit;

namespace Crater.Tests.Models.Tools;

/// <summary>Plain-text action lines: what can be read is called, and what cannot says so.</summary>
public sealed class ActionLineTests
{
    private readonly SomeSystem _system = new();
    private readonly ToolBox _tools;

    public ActionLineTests() => _tools = new ToolBox(Tool.Of(_system), TimeProvider.System);

    private async Task<string[]> DoneAsync(string text)
    {
        List<string> ended = [];
        foreach (var call in _tools.Parse(text))
        {
            ended.Add((await _tools.CallAsync(call, TestContext.Current.CancellationToken)).Outcome == ToolOutcome.Ok ? _system.Done[^1] : $"problem: {call.Problem}");
        }

        return [.. ended];
    }

    [Theory]
    [InlineData("KILL pod kop-123 namespace_1", "pod kop-123 namespace_1")]
    [InlineData("KILL pod a ns, STRESS_API http://shop/ 100", "pod a ns", "http://shop/ 100 Low")]
    [InlineData("KILL pod a ns,  KILL pod b ns", "pod a ns", "pod b ns")]
    [InlineData("KILL pod a ns,KILL pod b ns", "pod a ns", "pod b ns")]
    [InlineData("KILL pod a\nDESCRIBE, KILL pod b\r\n", "pod a default", "described", "pod b default")]
    [InlineData("STRESS_API http://shop/items?ids=1,2,3 5 very_high, DESCRIBE", "http://shop/items?ids=1,2,3 5 VeryHigh", "described")]
    [InlineData("- KILL pod a\n2. kill POD b\n`DESCRIBE`", "pod a default", "pod b default", "described")]
    [InlineData("```text\nKILL: pod a\n```", "pod a default")]
    [InlineData("\"KILL pod a, KILL pod b\"", "pod a default", "pod b default")]
    [InlineData("KILL pod 'my, pod' ns", "pod my, pod ns")]
    [InlineData("FINISH all was tried, and nothing is left", "all was tried, and nothing is left")]
    public async Task Every_action_of_a_text_is_done(string text, params string[] done) => Assert.Equal(done, await DoneAsync(text));

    [Theory]
    [InlineData("I would kill the cart first.", "there is no action 'I'")]
    [InlineData("KILL pod", "KILL takes 2 to 3 words, and 1 was given; it is KILL type name [space]")]
    [InlineData("KILL pod a ns now", "and 4 were given")]
    [InlineData("KILL cluster a", "none of the values allowed there")]
    [InlineData("STRESS_API / lots", "users is 'lots', and must be a whole number")]
    [InlineData("STRESS_API / 20000", "users is 20000, and must be from 1 to 10000")]
    [InlineData("NO_TOOL", "there is no action 'NO_TOOL'")]
    [InlineData("__INIT__ x", "there is no action")]
    public async Task What_is_no_action_is_a_problem_and_does_nothing(string text, string problem)
    {
        Assert.Contains(problem, Assert.Single(await DoneAsync(text)), StringComparison.Ordinal);
        Assert.Empty(_system.Done);
    }

    [Fact]
    public async Task What_cannot_be_read_does_not_hide_what_can()
    {
        var done = await DoneAsync("KILL pod a, DANCE now, DESCRIBE");

        Assert.Equal(["pod a default", "described"], [done[0], done[2]]);
        Assert.Contains("there is no action 'DANCE' (in 'DANCE now')", done[1], StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_too_much_is_counted_and_not_dropped()
    {
        var calls = _tools.Parse(string.Join('\n', Enumerable.Repeat("DESCRIBE", 20)));

        Assert.Equal(17, calls.Count);
        Assert.Contains("there are 4 more lines", calls[^1].Problem, StringComparison.Ordinal);
        Assert.Equal(calls.Count, calls.Select(call => call.Call.Id).Distinct().Count());
    }

    [Fact]
    public void Every_word_of_any_text_is_read_or_answered()
    {
        var random = new Random(20261121);
        string[] words = ["KILL", "kill", "DESCRIBE", "pod", "a", ",", ", ", ",,", "\n", " ", "\"", "'", "`", "STRESS_API", "7", "http://x/a,b", "- ", "1. ", ";", "FINISH", "why"];
        for (var i = 0; i < 2_000; i++)
        {
            var text = string.Concat(Enumerable.Range(0, random.Next(1, 12)).Select(_ => words[random.Next(words.Length)] + (random.Next(2) == 0 ? " " : "")));

            var calls = _tools.Parse(text);

            Assert.True(calls.Count > 0 || text.All(c => " ,;\n\"'`-1.".Contains(c)), $"nothing came of '{text}'");
            Assert.All(calls, call => Assert.NotEqual(call.Arguments is null, call.Problem.Length == 0));
        }
    }
}
