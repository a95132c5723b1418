using System.Globalization;
using System.Text.Json.Nodes;
using Crater.Cli.Terminal;
using Crater.Discovery;
using Crater.Models;
using Crater.Models.Pilot;
using Crater.Models.Pilot.Transcripts;
using Crater.Risks;

namespace Crater.Cli.Composition;

/// <summary>What a session says before its first and after its last step.</summary>
internal static class PilotText
{
    /// <summary>The initial state: what runs, how it is, what is weak.</summary>
    public static void Opening(PilotOptions options, Topology topology, SessionFolder folder, Surroundings surroundings, Output output)
    {
        output.Line($"Session {folder.Id}: {options.Objective.Text}");
        output.Line();
        output.Line($"Initial state of {topology.Source}");
        var components = topology.Components.Where(component => options.Namespaces.Count == 0 || options.Namespaces.Contains(component.Namespace))
            .OrderByDescending(component => component.Criticality).ThenBy(component => component.Id, StringComparer.Ordinal).ToArray();
        var weak = RuleBook.Examine(new TopologyIndex(topology)).Where(finding => finding.Answer == Answer.Violated).ToLookup(finding => finding.Component, StringComparer.Ordinal);
        TableText.Write(
            new InventoryTable(
                ["component", "tier", "criticality", "ready", "weaknesses"],
                [.. components.Select(component => (IReadOnlyList<string>)[
                    component.Name, component.Tier.ToString().ToLowerInvariant(), component.Criticality.ToString("0.00", CultureInfo.InvariantCulture),
                    $"{component.Ready}/{component.Replicas}", string.Join(", ", weak[component.Id].Select(finding => finding.Rule).Distinct().Order(StringComparer.Ordinal)),
                ])]),
            surroundings, output);
    }

    public static void Closing(PilotOutcome outcome, SessionFolder folder, HttpModel? model, Surroundings surroundings, Output output)
    {
        var state = PilotOutcome.Text(outcome.State);
        output.Line();
        output.Line($"{state.ToUpperInvariant()} — {outcome.Reason}");
        foreach (var trial in outcome.Trials)
        {
            output.Line($"   {trial.Run}  {trial.Verdict,-12} {(trial.IsClean ? "proven clean" : "RESIDUE     ")}  {trial.Fault} ({trial.Intensity.ToString().ToLowerInvariant()}) on {trial.Target}");
        }

        foreach (var stress in outcome.Stresses)
        {
            output.Line($"   {stress.Users,7} users  {stress.Survived switch { true => "survived", false => "not survived", null => "cannot be told" },-14} {stress.Route}");
        }

        output.Line($"   Weaknesses proven: {outcome.Proven}{(model is null ? "" : $"; {model.Spending.Calls} calls, {model.Spending.Used.Input} tokens read and {model.Spending.Used.Output} written")}");
        var place = Path.GetRelativePath(surroundings.WorkingDirectory, folder.Path);
        output.Line($"   Transcript: {Path.Combine(place, SessionFolder.TranscriptFile)}; again without a model: craterctl pilot replay {folder.Id}");
        output.Document(Json(outcome, folder, model));
    }

    /// <summary>What a script may rely on; docs/pilot.md says the same.</summary>
    public static int ExitCode(PilotOutcome outcome) => outcome.State switch
    {
        EndState.RecoveryFailed => ExitCodes.Residue,
        EndState.ModelError => ExitCodes.Environment,
        EndState.AbortedByUser or EndState.PolicyBlocked => ExitCodes.Inconclusive,
        _ when outcome.Proven > 0 => ExitCodes.Refuted,
        EndState.BudgetExhausted => ExitCodes.Inconclusive,
        _ => ExitCodes.Upheld,
    };

    private static JsonObject Json(PilotOutcome outcome, SessionFolder folder, HttpModel? model) => new()
    {
        ["session"] = folder.Id,
        ["state"] = PilotOutcome.Text(outcome.State),
        ["reason"] = outcome.Reason,
        ["proven"] = outcome.Proven,
        ["trials"] = new JsonArray([.. outcome.Trials.Select(trial => (JsonNode)new JsonObject
        {
            ["run"] = trial.Run, ["proposal"] = trial.Proposal, ["target"] = trial.Target, ["fault"] = trial.Fault, ["intensity"] = trial.Intensity.ToString().ToLowerInvariant(),
            ["verdict"] = trial.Verdict, ["clean"] = trial.IsClean, ["finding"] = trial.Finding,
        })]),
        ["stresses"] = new JsonArray([.. outcome.Stresses.Select(stress => (JsonNode)new JsonObject
        {
            ["route"] = stress.Route, ["users"] = stress.Users, ["sent"] = stress.Sent, ["completed"] = stress.Completed, ["errors"] = stress.Errors, ["p95Seconds"] = stress.P95, ["survived"] = stress.Survived,
        })]),
        ["mind"] = model is null ? "rules" : $"model {model.Provider.Name} {model.Provider.Model}",
        ["calls"] = model?.Spending.Calls ?? 0,
        ["inputTokens"] = model?.Spending.Used.Input ?? 0,
        ["outputTokens"] = model?.Spending.Used.Output ?? 0,
        ["money"] = model?.Spending.Money,
        ["transcript"] = Path.Combine(folder.Path, SessionFolder.TranscriptFile),
    };
}
