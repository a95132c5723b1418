using System.Text.Json.Nodes;
using Crater.Diagnostics;
using Crater.Models;
using Crater.Tests.Models.Scripted;
using Xunit;

namespace Crater.Tests.Models;

public sealed class AnswerLadderTests
{
    private const string Right = """{"colour":"red","size":3}""";

    [Fact]
    public async Task The_strict_schema_is_asked_for_first()
    {
        await using var script = await ScriptedModelServer.StartAsync(Say.Form(Right));

        var answer = await Asking.ClimbAsync(Asking.Model(script));

        Assert.Equal((Rung.StrictSchema, 0, "red"), (answer.Rung, answer.Repairs, answer.Value.GetProperty("colour").GetString()));
        var format = script.Requests.Single()["response_format"]!["json_schema"]!;
        Assert.True(format["strict"]!.GetValue<bool>());
        Assert.True(JsonNode.DeepEquals(Asking.Schema, format["schema"]));
    }

    [Fact]
    public async Task What_an_endpoint_does_not_take_is_asked_for_in_the_next_weaker_way()
    {
        await using var script = await ScriptedModelServer.StartAsync(Say.DoesNotKnow("json_schema"), Say.DoesNotKnow("tools"), Say.DoesNotKnow("response_format"), Say.Text($"Here it is:\n```json\n{Right}\n```\nAnything else?"));

        var answer = await Asking.ClimbAsync(Asking.Model(script));

        Assert.Equal((Rung.Prompt, 0), (answer.Rung, answer.Repairs));
        var requests = script.Requests.ToArray();
        Assert.Equal("pick", requests[1]["tool_choice"]!["function"]!["name"]!.GetValue<string>());
        Assert.Equal("json_object", requests[2]["response_format"]!["type"]!.GetValue<string>());
        Assert.Null(requests[3]["response_format"]);
        Assert.Contains("JSON Schema", Asking.Words(requests[3]), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Anthropic_is_asked_by_schema_then_by_tool_then_by_words()
    {
        await using var script = await ScriptedModelServer.StartAsync(Say.DoesNotKnow("output_config"), Say.Form(Right));

        var answer = await Asking.ClimbAsync(Asking.Model(script, Protocol.Anthropic));

        Assert.Equal(Rung.ToolCall, answer.Rung);
        Assert.Equal("tool", script.Requests.Last()["tool_choice"]!["type"]!.GetValue<string>());
        Assert.Equal("Be brief.", script.Requests.First()["system"]!.GetValue<string>());
    }

    [Theory]
    [InlineData("""{"colour":"blue","size":3}""", "answer.colour is 'blue', which is none of the values allowed there")]
    [InlineData("""{"colour":"red"}""", "answer.size is missing")]
    [InlineData("""{"colour":"red","size":3,"more":1}""", "answer has 'more', which does not belong there")]
    [InlineData("""{"colour":"red","size":"3"}""", "answer.size must be integer, and is string")]
    [InlineData("""{"colour":"red","colour":"green","size":3}""", "the answer is not JSON, or has a key twice")]
    [InlineData("I would rather not use JSON.", "the answer is not JSON, or has a key twice")]
    [InlineData("", "the answer is empty")]
    public async Task A_wrong_answer_goes_back_with_what_is_wrong(string wrong, string problem)
    {
        await using var script = await ScriptedModelServer.StartAsync(Say.Text(wrong), Say.Form(Right));

        var answer = await Asking.ClimbAsync(Asking.Model(script));

        Assert.Equal(1, answer.Repairs);
        Assert.Equal(new Usage(200, 40), answer.Usage);
        Assert.Contains(problem, script.Requests.Last()["messages"]!.AsArray()[^1]!["content"]!.GetValue<string>(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task After_two_corrections_it_gives_up()
    {
        await using var script = await ScriptedModelServer.StartAsync(Say.Text("no"), Say.Text("no"), Say.Text("no"), Say.Form(Right));

        var error = await Assert.ThrowsAsync<CraterException>(() => Asking.ClimbAsync(Asking.Model(script)));

        Assert.Equal(("CRT7315", 1), (error.Code, script.TurnsLeft));
    }

    [Theory]
    [InlineData(Protocol.OpenAi)]
    [InlineData(Protocol.Anthropic)]
    public async Task Who_declines_is_not_asked_again(Protocol protocol)
    {
        await using var script = await ScriptedModelServer.StartAsync(Say.Refuses("I cannot help with <b>breaking</b> things."), Say.Form(Right));

        var error = await Assert.ThrowsAsync<CraterException>(() => Asking.ClimbAsync(Asking.Model(script, protocol)));

        Assert.Equal(("CRT7314", 1), (error.Code, script.TurnsLeft));
        Assert.DoesNotContain("<b>", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_answer_that_a_filter_held_back_is_one_that_declines()
    {
        await using var script = await ScriptedModelServer.StartAsync(Say.Reply(new Reply { Finish = "content_filter" }));

        Assert.Equal("CRT7314", (await Assert.ThrowsAsync<CraterException>(() => Asking.ClimbAsync(Asking.Model(script)))).Code);
    }

    [Theory]
    [InlineData(Protocol.OpenAi, "max_tokens")]
    [InlineData(Protocol.Anthropic, "max_tokens")]
    public async Task An_answer_that_was_cut_off_is_not_used_and_gets_more_room(Protocol protocol, string field)
    {
        // Cut off where it happens to be whole JSON: it is not used all the same.
        await using var script = await ScriptedModelServer.StartAsync(Say.CutOff(Right), Say.Form("""{"colour":"green","size":1}"""));

        var answer = await Asking.ClimbAsync(Asking.Model(script, protocol));

        Assert.Equal("green", answer.Value.GetProperty("colour").GetString());
        Assert.Equal([100, 200], script.Requests.Select(request => request[field]!.GetValue<int>()));
    }

    [Fact]
    public async Task No_choices_at_all_are_an_empty_answer()
    {
        await using var script = await ScriptedModelServer.StartAsync(Say.Nothing, Say.Form(Right));

        Assert.Equal(1, (await Asking.ClimbAsync(Asking.Model(script))).Repairs);
    }

    [Fact]
    public async Task Arguments_that_are_no_JSON_and_a_tool_that_is_not_there_go_back()
    {
        await using var script = await ScriptedModelServer.StartAsync(
            Say.DoesNotKnow("json_schema"), Say.Calls(("a", "pick", "{\"colour\": red")), Say.Calls(("b", "delete_everything", Right)), Say.Form(Right));

        var answer = await Asking.ClimbAsync(Asking.Model(script));

        Assert.Equal((Rung.ToolCall, 2), (answer.Rung, answer.Repairs));
        Assert.Contains("there is no tool 'delete_everything'; call pick", Asking.Words(script.Requests.Last()), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_weaker_first_rung_can_be_configured()
    {
        await using var script = await ScriptedModelServer.StartAsync(Say.Text(Right));

        var answer = await Asking.ClimbAsync(Asking.Model(script, change: provider => provider with { Rungs = [Rung.JsonObject, Rung.Prompt] }));

        Assert.Equal(Rung.JsonObject, answer.Rung);
    }
}
