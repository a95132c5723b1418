using System.Text.Json.Nodes;
using Crater.Documents;
using Crater.Experiments;
using Crater.Models;
using Crater.Tests.Models.Scripted;
using Xunit;

namespace Crater.Tests.Models;

public sealed class ModelAdvisorTests
{
    [Theory]
    [InlineData(Protocol.OpenAi)]
    [InlineData(Protocol.Anthropic)]
    public async Task A_model_chooses_orders_and_explains_and_code_does_the_rest(Protocol protocol)
    {
        var shortlist = SomeAdvice.Shortlist();
        var digest = SomeAdvice.Digest(shortlist);
        // The other way round than the rules would have it.
        var second = digest.Offers.First(pair => pair.Value.Id == shortlist.Rules.Proposals[1].Id).Key;
        await using var script = await ScriptedModelServer.StartAsync(Say.Form(SomeAdvice.Choosing(digest, second, "k01").ToJsonString()));

        var advisory = await SomeAdvice.AskAsync(script, shortlist, protocol, count: 2);

        Assert.Equal([shortlist.Rules.Proposals[1].Component, shortlist.Rules.Proposals[0].Component], advisory.Proposals.Select(proposal => proposal.Component));
        Assert.All(advisory.Proposals, proposal => Assert.Equal("model script script-1", proposal.Source));
        Assert.Equal(("model script script-1", "strict-schema", 0, 100L, 20L), (advisory.Origin.Source, advisory.Origin.Rung, advisory.Origin.Repairs, advisory.Origin.InputTokens, advisory.Origin.OutputTokens));
        Assert.Equal("There is only one of it, and the whole shop waits for it when it is away.", advisory.Proposals[0].Reason);
        Assert.All(advisory.Proposals, proposal => Assert.Empty(ExperimentReader.Read(proposal.Document, DocumentFormat.Yaml, new ReadOptions()).Problems));
    }

    [Fact]
    public async Task When_the_model_cannot_be_used_the_rules_advise_and_say_why()
    {
        await using var script = await ScriptedModelServer.StartAsync(Say.Html);

        var advisory = await SomeAdvice.AskAsync(script);

        Assert.StartsWith("CRT7310: ", advisory.Origin.Fallback, StringComparison.Ordinal);
        Assert.Equal("rules", advisory.Origin.Source);
        Assert.Equal(SomeAdvice.Shortlist().Rules.Proposals.Select(proposal => proposal.Id), advisory.Proposals.Select(proposal => proposal.Id));
    }

    [Fact]
    public async Task A_target_that_is_not_there_is_sent_back_and_then_left_to_the_rules()
    {
        var invented = SomeAdvice.Choosing(SomeAdvice.Digest(), "k99").ToJsonString();
        await using var script = await ScriptedModelServer.StartAsync(Say.Form(invented), Say.Form(invented), Say.Form(invented));

        var advisory = await SomeAdvice.AskAsync(script);

        Assert.StartsWith("CRT7315: ", advisory.Origin.Fallback, StringComparison.Ordinal);
        Assert.All(advisory.Proposals, proposal => Assert.Equal("rules", proposal.Source));
        Assert.Equal(3, script.Requests.Count);
    }

    [Theory]
    [InlineData("Il n'y a qu'une seule instance de la base, et toute la boutique attend quand elle est absente. Les clients ne peuvent plus payer leurs commandes.")]
    [InlineData("Es gibt nur eine Instanz der Datenbank, und der ganze Laden wartet, wenn sie weg ist. Kunden können dann nicht mehr bezahlen.")]
    [InlineData("数据库只有一个实例，当它不可用时整个商店都会等待。")]
    public async Task An_answer_in_another_language_is_sent_back(string words)
    {
        var shortlist = SomeAdvice.Shortlist();
        var digest = SomeAdvice.Digest(shortlist);
        var foreign = SomeAdvice.Choosing(digest, "k01");
        foreign["proposals"]![0]!["rationale"] = words;
        foreign["proposals"]![0]!["expectedImpact"] = words;
        foreign["summary"] = words;
        await using var script = await ScriptedModelServer.StartAsync(Say.Form(foreign.ToJsonString()), Say.Form(SomeAdvice.Choosing(digest, "k01").ToJsonString()));

        var advisory = await SomeAdvice.AskAsync(script, shortlist, count: 1);

        Assert.Equal((1, ""), (advisory.Origin.Repairs, advisory.Origin.Fallback));
        Assert.Contains("must be written in English", Asking.Words(script.Requests.Last()), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Parameters_are_set_within_their_range_and_only_there()
    {
        var shortlist = SomeAdvice.Shortlist();
        var digest = SomeAdvice.Digest(shortlist);
        var (id, offer) = digest.Offers.First(pair => pair.Value.Fault == "network-delay");
        string Tuned(string name, string value)
        {
            var answer = SomeAdvice.Choosing(digest, id);
            answer["proposals"]![0]!["parameters"] = new JsonArray(new JsonObject { ["name"] = name, ["value"] = value });
            return answer.ToJsonString();
        }

        await using var script = await ScriptedModelServer.StartAsync(Say.Form(Tuned("delay", "21s")), Say.Form(Tuned("share", "0.5")), Say.Form(Tuned("delay", "1500ms")));

        var advisory = await SomeAdvice.AskAsync(script, shortlist, count: 1);

        Assert.Equal((offer.Target, "1.5s"), (advisory.Proposals[0].Component, advisory.Proposals[0].Fault.Text("delay")));
        var told = script.Requests.Select(Asking.Words).ToArray();
        Assert.Contains("the largest value allowed is 20s", told[1], StringComparison.Ordinal);
        Assert.Contains("share cannot be set here", told[2], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Too_few_are_filled_up_by_the_rules_with_what_is_weak_and_too_many_are_cut()
    {
        var shortlist = SomeAdvice.Shortlist();
        var digest = SomeAdvice.Digest(shortlist);
        await using var few = await ScriptedModelServer.StartAsync(Say.Form(SomeAdvice.Choosing(digest, "k02").ToJsonString()));
        await using var many = await ScriptedModelServer.StartAsync(Say.Form(SomeAdvice.Choosing(digest, [.. digest.Offers.Keys.Take(9)]).ToJsonString()));

        Assert.Equal(["model script script-1", "rules", "rules"], (await SomeAdvice.AskAsync(few, shortlist)).Proposals.Select(proposal => proposal.Source));
        Assert.Equal(2, (await SomeAdvice.AskAsync(many, shortlist, count: 2)).Proposals.Count);
    }

    [Fact]
    public async Task A_candidate_twice_and_evidence_that_is_none_are_sent_back()
    {
        var digest = SomeAdvice.Digest();
        var borrowed = SomeAdvice.Choosing(digest, "k01");
        borrowed["proposals"]![0]!["evidence"] = new JsonArray(digest.Rules.First(rule => !digest.Offers["k01"].Rules.Contains(rule)));
        await using var script = await ScriptedModelServer.StartAsync(
            Say.Form(SomeAdvice.Choosing(digest, "k01", "k01").ToJsonString()), Say.Form(borrowed.ToJsonString()), Say.Form(SomeAdvice.Choosing(digest, "k01").ToJsonString()));

        Assert.Equal(2, (await SomeAdvice.AskAsync(script)).Origin.Repairs);
        var told = script.Requests.Select(Asking.Words).ToArray();
        Assert.Contains("chooses k01 a second time", told[1], StringComparison.Ordinal);
        Assert.Contains("does not speak for this candidate", told[2], StringComparison.Ordinal);
    }
}
