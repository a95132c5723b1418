using Crater.Advice;
using Crater.Models;
using Crater.Models.Pilot;
using Crater.Models.Pilot.Minds;
using Crater.Models.Pilot.Transcripts;
using Crater.Models.Prompts;
using Crater.Models.Suggest;
using Crater.Tests.Models.Scripted;
using Xunit;

namespace Crater.Tests.Models.Pilot;

/// <summary>Sessions for tests.</summary>
internal static class SomePilot
{
    public static readonly Uri Route = new("http://shop.test/cart?a=1,2");

    public static Digest Digest() => PilotRun.DigestOf(Setup(new ScriptedWorld(), "1"));

    /// <summary>Ids of candidates that a refuted run ends, and of one with a range.</summary>
    public static string Tunable { get; } = Digest().Offers.First(pair => pair.Value.Fault == "network-delay").Key;

    public static PilotSetup Setup(ScriptedWorld world, string objective, IMind? mind = null, Func<PilotOptions, PilotOptions>? change = null, Budget? budget = null, Transcript? transcript = null) => new()
    {
        Options = (change ?? (options => options))(new PilotOptions
        {
            Objective = Objective.Read(objective),
            Approval = Approval.Policy,
            RiskMax = 5,
            RiskUnattendedMax = 5,
            Routes = [Route],
            AvailabilityRoute = new Uri("http://shop.test/health"),
        }),
        Topology = SomeAdvice.Shortlist().Topology,
        Advice = new AdviceOptions { Count = 10 },
        Prompts = new PromptBook(),
        Spending = new Spending(budget ?? new Budget(), null, TimeProvider.System),
        Executor = world,
        Approver = world,
        Mind = mind,
        Transcript = transcript ?? new Transcript(TimeProvider.System),
        Clock = TimeProvider.System,
    };

    public static Task<PilotOutcome> RulesAsync(ScriptedWorld world, string objective, Func<PilotOptions, PilotOptions>? change = null, Budget? budget = null, Transcript? transcript = null) =>
        PilotRun.RunAsync(Setup(world, objective, null, change, budget, transcript), TestContext.Current.CancellationToken);

    /// <summary>Lets a script play the model.</summary>
    public static async Task<PilotOutcome> ModelAsync(
        ScriptedModelServer script, ScriptedWorld world, string objective, Func<PilotOptions, PilotOptions>? change = null, Budget? budget = null, Transcript? transcript = null, Protocol protocol = Protocol.OpenAi)
    {
        var spending = new Spending(budget ?? new Budget(), null, TimeProvider.System);
        using var model = new HttpModel(script.Provider(protocol), spending, new SkippingClock());
        var setup = Setup(world, objective, new ModelMind(model, new PromptBook()), change, budget, transcript) with { Spending = spending };
        return await PilotRun.RunAsync(setup, TestContext.Current.CancellationToken);
    }

    /// <summary>One call as the only thing that a model says.</summary>
    public static Func<Microsoft.AspNetCore.Http.HttpContext, System.Text.Json.Nodes.JsonObject, Task> Calls(string tool, string arguments = "{}") => Say.Calls(("call-1", tool, arguments));

    public static Func<Microsoft.AspNetCore.Http.HttpContext, System.Text.Json.Nodes.JsonObject, Task> Starts(string candidate, string intensity = "low") =>
        Calls("start", $$"""{"candidate":"{{candidate}}","intensity":"{{intensity}}"}""");

    public static Func<Microsoft.AspNetCore.Http.HttpContext, System.Text.Json.Nodes.JsonObject, Task> Finishes(string outcome = "nothing_left", string reason = "enough") =>
        Calls("finish", $$"""{"outcome":"{{outcome}}","reason":"{{reason}}"}""");
}
