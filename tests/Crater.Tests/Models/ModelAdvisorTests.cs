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
}
