using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Crater.Advice;
using Crater.Diagnostics;
using Crater.Models.Pilot.Minds;
using Crater.Models.Pilot.Transcripts;
using Crater.Models.Suggest;
using Crater.Models.Tools;
using Crater.Risks;
using Crater.Targets;

namespace Crater.Models.Pilot;

/// <summary>One session from the first look to its end.</summary>
public static class PilotRun
{
    private static readonly string[] PromptNames = ["pilot-system", "pilot"];

    /// <exception cref="CraterException">CRT7316: a prompt cannot be used. Else every way out is an end state.</exception>
    public static async Task<PilotOutcome> RunAsync(PilotSetup setup, CancellationToken stop)
    {
        var digest = DigestOf(setup);
        var transcript = setup.Transcript;
        transcript.Add("session", SessionJson.Write(setup, PromptNames.Select(name => (name, setup.Prompts.HashOf(name))), HashOf(digest)));
        var session = new PilotSession(setup.Options, digest, new RecordingExecutor(setup.Executor, transcript), setup.Approver, setup.Spending, transcript);
        var tools = PilotLoop.ToolsOf(session, setup.Clock);
        if (setup.Mind is ModelMind model)
        {
            model.Bind(tools);
        }

        var opening = "";
        try
        {
            var state = await StateAsync(session, stop);
            setup.OnState?.Invoke(state);
            opening = setup.Prompts.Render("pilot", Data(setup, digest, state));
            // A template that cannot be used is said now, and not when the first answer is on its way.
            transcript.Add("prompt", new JsonObject { ["system"] = ModelMind.System(setup.Prompts, tools, isPlain: false) });
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // The loop sees it too, and ends before it asks anyone.
        }

        Foresee(session);
        return await new PilotLoop(session, tools, setup.Mind, opening, transcript) { OnResult = setup.OnResult, OnNote = setup.OnNote }.RunAsync(stop);
    }

    /// <summary>What the opening tells: nothing that is not in the digest, and figures of our own.</summary>
    internal static IReadOnlyDictionary<string, object> Data(PilotSetup setup, Digest digest, string state)
    {
        var data = new Dictionary<string, object>(digest.Data(1), StringComparer.Ordinal)
        {
            ["objective"] = setup.Options.Objective.Text,
            ["rounds"] = setup.Options.Objective.Rounds,
            ["users"] = setup.Options.Objective.Users,
            ["routes"] = setup.Options.Routes.Select((route, i) => $"{i + 1} {route.PathAndQuery}").ToArray(),
            ["state"] = state,
            ["limits"] = string.Create(CultureInfo.InvariantCulture,
                $"at most {setup.Spending.Budget.Experiments} experiments, {Durations.Text(setup.Spending.Budget.Faults)} of faults in all, risk at most {setup.Options.RiskMax} of 5"),
        };
        return data;
    }

    internal static Digest DigestOf(PilotSetup setup) => Digest.Of(
        Shortlist.Of(setup.Topology, RiskCatalogue.BuiltIn, setup.Advice),
        new DigestOptions { Anonymise = setup.Options.Anonymise, TokensMax = DigestOptions.TokensFor(setup.Topology.Components.Count) });

    /// <summary>Where nothing can be done, nobody is asked.</summary>
    private static void Foresee(PilotSession session)
    {
        if (session.Options.Objective.Users > 0)
        {
            return;
        }

        if (session.Digest.Offers.Count == 0)
        {
            session.Finish(EndState.NoCandidates, "nothing that runs here makes a test worth doing");
        }
        else if (!session.Left().Any())
        {
            session.Finish(EndState.PolicyBlocked, "there are candidates, and policy allows none of them");
        }
    }

    private static async Task<string> StateAsync(PilotSession session, CancellationToken stop)
    {
        var state = await session.Executor.StateAsync(stop);
        var ready = state.Values.Count(component => component.Ready >= component.Replicas);
        var text = string.Create(CultureInfo.InvariantCulture, $"{ready} of {state.Count} components have all their pods ready");
        if (session.Options.AvailabilityRoute is null)
        {
            return $"{text}.";
        }

        var seen = await session.Executor.ProbeAsync(stop);
        return $"{text}; the availability route {(seen.Status == 0 ? "does not answer" : string.Create(CultureInfo.InvariantCulture, $"answers with status {seen.Status}"))}.";
    }

    private static string HashOf(Digest digest) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\n', [.. digest.ComponentLines, .. digest.CandidateLines]))))[..10];
}
