using System.Text;
using System.Text.Json.Nodes;
using Crater.Drivers;
using Crater.Faults;
using Crater.Targets;

namespace Crater.Runs;

/// <summary>A plan as people and programs read it: what <c>run --dry-run</c> prints. A pure function of the plan.</summary>
public static class PlanText
{
    public static string Text(Plan plan)
    {
        var text = new StringBuilder();
        text.AppendLine($"Plan of {plan.Run}: {plan.Title}");
        text.AppendLine($"  seed {plan.Seed}, {plan.Injections.Count} injection{(plan.Injections.Count == 1 ? "" : "s")}, about {Durations.Text(plan.Duration)}");
        foreach (var fault in plan.Faults)
        {
            text.AppendLine($"  {fault.Method + 1}. {fault.Activity}{(fault.Background ? " (in the background)" : "")}: {fault.Injections.Count} of {fault.Candidates} matching targets");
            foreach (var injection in fault.Injections)
            {
                text.AppendLine($"     {injection.Sequence}. {injection.Fault} on {injection.Target.Id} for {Durations.Text(injection.Duration)} by {injection.Driver}{Where(injection.Target)}");
            }

            text.AppendLine($"     {Ending(fault.Injections[0])}");
        }

        foreach (var problem in plan.Problems)
        {
            text.AppendLine($"  {(problem.IsWarning ? "warning" : "refused")}: {problem}");
        }

        text.AppendLine(plan.MayRun ? "  Nothing was touched." : "  This plan would not be run. Nothing was touched.");
        return text.ToString();
    }

    public static JsonObject Json(Plan plan) => new()
    {
        ["run"] = plan.Run.Value,
        ["title"] = plan.Title,
        ["seed"] = plan.Seed,
        ["durationSeconds"] = plan.Duration.TotalSeconds,
        ["mayRun"] = plan.MayRun,
        ["faults"] = new JsonArray([.. plan.Faults.Select(Fault)]),
        ["problems"] = new JsonArray([.. plan.Problems.Select(problem => (JsonNode)new JsonObject
        {
            ["path"] = problem.Path, ["code"] = problem.Code, ["message"] = problem.Message, ["isWarning"] = problem.IsWarning,
        })]),
    };

    private static JsonNode Fault(PlannedFault fault) => new JsonObject
    {
        ["activity"] = fault.Activity,
        ["background"] = fault.Background,
        ["candidates"] = fault.Candidates,
        ["injections"] = new JsonArray([.. fault.Injections.Select(injection => (JsonNode)new JsonObject
        {
            ["sequence"] = injection.Sequence,
            ["fault"] = injection.Fault.Name,
            ["askedAs"] = injection.Fault.AskedAs,
            ["arguments"] = new JsonObject(injection.Fault.Arguments.Select(pair => KeyValuePair.Create(pair.Key, (JsonNode?)pair.Value))),
            ["target"] = injection.Target.Id.Value,
            ["component"] = injection.Target.Component,
            ["node"] = injection.Target.Node,
            ["driver"] = injection.Driver,
            ["durationSeconds"] = injection.Duration.TotalSeconds,
        })]),
    };

    private static string Where(Target target) => target.Node.Length > 0 ? $" (on node {target.Node})" : "";

    private static string Ending(Injection injection) => FaultCatalogue.Find(injection.Fault.Name, injection.Target.Kind) is not { } definition ? "" : definition.Ending switch
    {
        Faults.Ending.DiesWithHolder => "ends with its holder at the latest, and by recovery before that",
        Faults.Ending.MustBeUndone => "is changed back from captured undo data",
        _ => "is a moment; recovery waits until the target has healed itself",
    };
}
