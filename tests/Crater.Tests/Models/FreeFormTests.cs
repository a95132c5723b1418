using System.Text.Json.Nodes;
using Crater.Advice;
using Crater.Documents;
using Crater.Experiments;
using Crater.Faults;
using Crater.Models;
using Crater.Models.Prompts;
using Crater.Models.Suggest;
using Crater.Tests.Models.Scripted;
using Xunit;

namespace Crater.Tests.Models;

/// <summary>Proposals that the catalogue of risks does not have.</summary>
public sealed class FreeFormTests
{
    private static readonly DigestOptions Free = new() { FreeForm = true };

    private static async Task<Advisory> AskAsync(ScriptedModelServer script, Shortlist shortlist)
    {
        using var model = new HttpModel(script.Provider(), new Spending(new Budget(), null, TimeProvider.System), TimeProvider.System);
        return await new ModelAdvisor(model, new PromptBook()).ProposeAsync(shortlist, 1, Free, TestContext.Current.CancellationToken);
    }

    private static string Answer(Digest digest, params (string Fault, string Component)[] pairs)
    {
        var answer = SomeAdvice.Choosing(digest, "k01");
        answer["freeForm"] = new JsonArray([.. pairs.Select(pair => (JsonNode?)new JsonObject
        {
            ["fault"] = pair.Fault,
            ["component"] = pair.Component,
            ["rationale"] = "Nobody has looked at what the users see when it has too little to work with.",
            ["expectedImpact"] = "The users wait for the answers that they are used to.",
            ["confidence"] = "low",
        })]);
        return answer.ToJsonString();
    }

    /// <summary>A pair of a fault and a component that no offer has.</summary>
    private static (string Fault, string Component) Open(Digest digest) =>
        (from fault in digest.FreeFaults from pair in digest.Components where digest.Shortlist.MayBeFree(fault.Name, pair.Value) select (fault.Name, pair.Key)).First();

    [Fact]
    public async Task A_real_fault_on_a_real_component_may_be_proposed_and_is_marked()
    {
        var shortlist = SomeAdvice.Shortlist();
        var digest = SomeAdvice.Digest(shortlist, Free);
        var (fault, component) = Open(digest);
        await using var script = await ScriptedModelServer.StartAsync(Say.Form(Answer(digest, (fault, component))));

        var advisory = await AskAsync(script, shortlist);

        var free = Assert.Single(advisory.Proposals, proposal => proposal.IsFreeForm);
        Assert.Equal((fault, digest.Components[component], "model script script-1"), (free.Fault.Name, free.Component, free.Source));
        Assert.Empty(ExperimentReader.Read(free.Document, DocumentFormat.Yaml, new ReadOptions()).Problems);
        Assert.Contains("not from the catalogue", AdvisoryText.List(advisory, [], explain: true), StringComparison.Ordinal);
        Assert.Contains("guards:", free.Document, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("deployment-delete", "c01")]
    [InlineData("node-drain", "c01")]
    [InlineData("cpu-burn", "c99")]
    [InlineData("cpu-burn", "deployment/kube-system/coredns")]
    public async Task Anything_else_is_sent_back(string fault, string component)
    {
        var wrong = Answer(SomeAdvice.Digest(options: Free), (fault, component));
        await using var script = await ScriptedModelServer.StartAsync(Say.Form(wrong), Say.Form(wrong), Say.Form(wrong));

        var advisory = await AskAsync(script, SomeAdvice.Shortlist());

        Assert.StartsWith("CRT7315: ", advisory.Origin.Fallback, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Unasked_there_is_no_place_for_them()
    {
        var wrong = Answer(SomeAdvice.Digest(options: Free), Open(SomeAdvice.Digest(options: Free)));
        await using var script = await ScriptedModelServer.StartAsync(Say.Form(wrong), Say.Form(wrong), Say.Form(wrong));

        Assert.StartsWith("CRT7315: ", (await SomeAdvice.AskAsync(script)).Origin.Fallback, StringComparison.Ordinal);
    }

    [Fact]
    public void Nothing_that_must_be_undone_and_nothing_risky_is_open_to_it() => Assert.All(
        SomeAdvice.Shortlist().FreeFaults,
        fault => Assert.True(fault is { Risk: not RiskLevel.High, Ending: not Ending.MustBeUndone }, fault.Name));
}
