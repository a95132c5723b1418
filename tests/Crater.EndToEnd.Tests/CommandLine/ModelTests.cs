using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Crater.Tests.Models.Scripted;
using Xunit;

namespace Crater.EndToEnd.Tests.CommandLine;

/// <summary>A model at the other end of real HTTP, asked by the real program: a script in its place.</summary>
public sealed partial class ModelTests(CommandLab lab) : IClassFixture<CommandLab>
{
    [Fact]
    public async Task A_model_chooses_among_the_candidates_and_where_it_cannot_be_reached_the_rules_advise()
    {
        await lab.ReadyAsync();
        var desk = lab.NewDesk();
        string url;
        await using (var script = await ScriptedModelServer.StartAsync(Say.Form(Choose)))
        {
            url = script.Url.ToString();
            var answer = await SuggestAsync(desk, url);
            Assert.Contains("Model: local, model script-1", answer.Error, StringComparison.Ordinal);
            Assert.Equal("model local script-1", (string?)answer.Json["origin"]!["source"]);
            Assert.Contains("Only one of it is there", answer.Out, StringComparison.Ordinal);
            Assert.DoesNotContain("a-key", string.Concat(script.Requests.Select(request => request.ToJsonString())), StringComparison.Ordinal);
        }

        var alone = await SuggestAsync(desk, url);
        Assert.Contains("CRT7305: ", alone.Error, StringComparison.Ordinal);
        Assert.Contains("The rules advise instead.", alone.Error, StringComparison.Ordinal);
    }

    private static async Task<Answer> SuggestAsync(Desk desk, string url)
    {
        using var suggesting = desk.Start(new Dictionary<string, string> { ["LOCAL_AI_URL"] = url, ["CRATER_MODEL_KEY"] = "a-key-for-the-script" },
            [CraterProcess.Program, "suggest", "--model", "local:script-1", "--count", "1", "--dry-run", "--json"]);
        var answer = await suggesting.EndAsync();
        Assert.True(answer.Code == 0, answer.ToString());
        return answer;
    }

    private static string Choose(JsonObject request)
    {
        var words = string.Join('\n', request["messages"]!.AsArray().Select(message => (string?)message!["content"]));
        return new JsonObject
        {
            ["summary"] = "There is little that could take over.",
            ["proposals"] = new JsonArray(new JsonObject
            {
                ["candidate"] = "k01",
                ["rationale"] = "Only one of it is there, and the users of the bank would wait for it.",
                ["expectedImpact"] = "The users cannot be served until it is back.",
                ["confidence"] = "medium",
                ["evidence"] = new JsonArray(Candidate().Match(words).Groups[1].Value),
                ["parameters"] = new JsonArray(),
            }),
        }.ToJsonString();
    }

    [GeneratedRegex(@"^k01 [^|]*\| (\S+)", RegexOptions.Multiline)]
    private static partial Regex Candidate();
}
