using Crater.Models;
using Crater.Models.Structure;
using Crater.Models.Tools;
using Xunit;

namespace Crater.Tests.Models.Tools;

/// <summary>A method with an attribute is offered, checked and called, and every call has one result.</summary>
public sealed class ToolBoxTests
{
    private readonly SomeSystem _system = new();
    private readonly ToolBox _tools;

    public ToolBoxTests() => _tools = new ToolBox(Tool.Of(_system), new SkippingClock());

    private Task<ToolResult> CallAsync(string name, string arguments) => _tools.CallAsync(_tools.Sort([new ToolCall("1", name, arguments)])[0], TestContext.Current.CancellationToken);

    [Fact]
    public void A_method_with_the_attribute_is_a_tool_and_one_without_is_none() =>
        Assert.Equal(["describe", "end_one", "fails", "finish", "hangs", "log", "stress_api"], _tools.Tools.Select(tool => tool.Name));

    [Fact]
    public void A_tool_is_offered_with_the_schema_of_its_method() => Assert.Equal(
        """{"type":"object","properties":{"route":{"type":"string","description":"Path."},"users":{"type":"integer","description":"Users. From 1 to 10000."},"strength":{"type":["string","null"],"description":"How strong.","enum":["low","very_high",null]}},"required":["route","users","strength"],"additionalProperties":false}""",
        _tools.Find("stress_api")!.Offer.Parameters.ToJsonString());

    [Fact]
    public void The_same_method_is_told_in_words_to_a_model_without_tools() => Assert.Equal(
        "KILL type name [space]: Ends one thing.\n  type: What it is. One of pod, node.\n  name: Its name.\n  space: Its namespace.", _tools.Find("end_one")!.Line);

    [Fact]
    public async Task A_call_reaches_the_method_with_typed_arguments()
    {
        var result = await CallAsync("stress_api", """{"route":"/cart","users":20,"strength":"very_high"}""");

        Assert.Equal(ToolResult.Ok("/cart 20 VeryHigh"), result);
    }

    [Fact]
    public async Task What_may_be_left_out_has_its_default() =>
        Assert.Equal("pod a default", (await CallAsync("end_one", """{"type":"pod","name":"a"}""")).Text);

    [Theory]
    [InlineData("stress_api", """{"route":"/","users":0,"strength":null}""", "users is 0, and must be from 1 to 10000")]
    [InlineData("stress_api", """{"route":"/","users":99999999999,"strength":null}""", "must be from 1 to 10000")]
    [InlineData("stress_api", """{"route":"/","users":"many","strength":null}""", "answer.users must be integer, and is string")]
    [InlineData("end_one", """{"type":"namespace","name":"a","space":null}""", "none of the values allowed there")]
    [InlineData("end_one", """{"type":"pod"}""", "answer.name is missing")]
    [InlineData("describe", """{"all":true}""", "which does not belong there")]
    [InlineData("describe", "all of it", "the arguments are not JSON")]
    [InlineData("describe", "[]", "must be object")]
    [InlineData("no_tool", "{}", "there is no tool 'no_tool'")]
    public async Task What_is_wrong_with_a_call_is_its_result_and_nothing_is_called(string name, string arguments, string problem)
    {
        var result = await CallAsync(name, arguments);

        Assert.Equal(ToolOutcome.Error, result.Outcome);
        Assert.Contains(problem, result.Text, StringComparison.Ordinal);
        Assert.Empty(_system.Done);
    }

    [Fact]
    public async Task What_a_tool_throws_is_its_result_without_secrets_and_control_characters()
    {
        Assert.Equal("error: CRT3003: there is no such target[2J, token=[redacted]", (await CallAsync("fails", """{"coded":true}""")).ToString());
        Assert.Equal("error: InvalidOperationException: it is closed", (await CallAsync("fails", """{"coded":false}""")).ToString());
    }

    [Fact]
    public async Task A_tool_that_does_not_answer_is_a_timeout() => Assert.Equal(ToolOutcome.Timeout, (await CallAsync("hangs", "{}")).Outcome);

    [Fact]
    public async Task A_long_result_is_cut_with_a_mark_and_a_secret_at_its_end_is_gone_first()
    {
        var result = await CallAsync("log", "{}");

        Assert.EndsWith($"\n[cut here: {ToolBox.ResultMax} of {ToolBox.ResultMax + "password=[redacted] and the end".Length} characters are shown]", result.Text, StringComparison.Ordinal);
        Assert.True(result.IsFreeText);
    }

    [Fact]
    public void Two_systems_with_one_action_do_not_go_together() => Assert.Throws<ArgumentException>(() => new ToolBox([.. Tool.Of(_system), .. Tool.Of(new SomeSystem())], TimeProvider.System));
}
