using System.Text.Json.Nodes;
using Crater.Diagnostics;
using Crater.Kubernetes.Client;
using Crater.Targets;

namespace Crater.Kubernetes.Operator.Workflows;

/// <summary>What a step does.</summary>
internal enum StepKind { Serial, Parallel, Wait, Experiment, Probe, Load }

/// <summary>One named step of a Workflow.</summary>
/// <param name="Steps">Names of the steps in it, of serial and parallel ones.</param>
/// <param name="Document">What is run as an Experiment; null for the others.</param>
/// <param name="GoesOn">Its failure does not end what it is in.</param>
internal sealed record WorkflowStep(string Name, StepKind Kind, IReadOnlyList<string> Steps, TimeSpan Wait, JsonObject? Document, bool GoesOn);

/// <summary>The steps of a Workflow by name, and everything that is wrong with them.</summary>
internal sealed record WorkflowSteps(string Entry, IReadOnlyDictionary<string, WorkflowStep> Steps, IReadOnlyList<Problem> Problems)
{
    /// <summary>Steps that are played in all, those of steps in steps counted each time; more would not fit into a status.</summary>
    public const int PlayedMax = 300;

    public static WorkflowSteps Read(JsonObject workflow)
    {
        List<Problem> problems = [];
        Dictionary<string, WorkflowStep> steps = [];
        var place = 0;
        foreach (var step in workflow.Objects("spec", "steps"))
        {
            var path = $"spec.steps[{place++}]";
            if (Step(step, path, problems) is { } read && !steps.TryAdd(read.Name, read))
            {
                problems.Add(Wrong($"{path}.name", $"There are two steps called '{read.Name}'."));
            }
        }

        var entry = workflow.Text("spec", "entry") is { Length: > 0 } named ? named : steps.Keys.FirstOrDefault() ?? "";
        var all = new WorkflowSteps(entry, steps, problems);
        if (!steps.ContainsKey(entry))
        {
            problems.Add(Wrong("spec.entry", $"There is no step called '{entry}'; there are {string.Join(", ", steps.Keys)}."));
        }

        problems.AddRange(from step in steps.Values from inner in step.Steps where !steps.ContainsKey(inner) select Wrong($"spec.steps ({step.Name})", $"There is no step called '{inner}'."));
        if (problems.Count == 0 && all.Played(entry, []) > PlayedMax)
        {
            problems.Add(Wrong("spec.steps", $"A step is in itself, or more than {PlayedMax} steps would be played. Take some out."));
        }

        return all;
    }

    private int Played(string name, HashSet<string> above)
    {
        if (!above.Add(name))
        {
            return PlayedMax + 1;
        }

        var count = 1;
        foreach (var inner in Steps[name].Steps)
        {
            count += count > PlayedMax ? 0 : Played(inner, above);
        }

        above.Remove(name);
        return Math.Min(count, PlayedMax + 1);
    }

    private static WorkflowStep? Step(JsonObject step, string path, List<Problem> problems)
    {
        string[] kinds = ["serial", "parallel", "wait", "experiment", "probe", "load"];
        var named = kinds.Where(kind => step[kind] is not null).ToList();
        if (named is not [var kind] || step.Text("name").Length == 0)
        {
            problems.Add(Wrong(path, $"A step has a name and one of {string.Join(", ", kinds)}."));
            return null;
        }

        var read = new WorkflowStep(step.Text("name"), Enum.Parse<StepKind>(kind, ignoreCase: true), step.Texts(kind), TimeSpan.Zero, null, step.Flag("goesOn"));
        switch (read.Kind)
        {
            case StepKind.Serial or StepKind.Parallel:
                return read;
            case StepKind.Wait:
                if (!Durations.TryParse(step.Text("wait"), out var wait))
                {
                    problems.Add(Wrong($"{path}.wait", $"'{step.Text("wait")}' is no duration; write for example 30s."));
                }

                return read with { Wait = wait };
            default:
                return read with { Document = DocumentOf(read, step, path, problems) };
        }
    }

    // A probe and a load are experiments without a fault, so there is one engine for all that is looked at and all that is run.
    private static JsonObject? DocumentOf(WorkflowStep step, JsonObject written, string path, List<Problem> problems)
    {
        switch (step.Kind)
        {
            case StepKind.Experiment when written.At("experiment", "document") is JsonObject document:
                return document.DeepClone().AsObject();
            case StepKind.Probe when written["probe"] is JsonObject probe:
                return new JsonObject
                {
                    ["title"] = step.Name,
                    ["description"] = "A probe of a workflow.",
                    ["steady-state-hypothesis"] = new JsonObject { ["title"] = step.Name, ["probes"] = new JsonArray(Named(probe, step.Name)) },
                    // Looked at once in the method, too: a run in which nothing is tried tells nothing.
                    ["method"] = new JsonArray(Looked(probe, step.Name)),
                };
            case StepKind.Load when written["load"] is JsonObject load && written.At("load", "scenarios") is JsonArray { Count: > 0 } scenarios && Durations.TryParse(load.Text("duration"), out var duration):
                var traffic = load.DeepClone().AsObject();
                traffic.Remove("duration");
                return new JsonObject
                {
                    ["title"] = step.Name,
                    ["description"] = "The load of a workflow.",
                    ["load"] = traffic,
                    ["method"] = new JsonArray(new JsonObject
                    {
                        ["type"] = "probe",
                        ["name"] = "the load goes on",
                        ["provider"] = new JsonObject { ["type"] = "http", ["url"] = scenarios[0].Text("url") },
                        ["pauses"] = new JsonObject { ["after"] = duration.TotalSeconds },
                    }),
                };
            default:
                problems.Add(Wrong(path, step.Kind switch
                {
                    StepKind.Experiment => "An experiment step has experiment.document.",
                    StepKind.Load => "A load step has load.rate, load.scenarios and load.duration.",
                    _ => "A probe step has a probe with provider and tolerance, as in a steady-state hypothesis.",
                }));
                return null;
        }
    }

    private static JsonObject Named(JsonObject probe, string name)
    {
        var made = probe.DeepClone().AsObject();
        made["name"] ??= name;
        made["type"] = "probe";
        return made;
    }

    private static JsonObject Looked(JsonObject probe, string name)
    {
        var made = Named(probe, name);
        made["name"] = $"{name}, looked at";
        made.Remove("tolerance");
        return made;
    }

    private static Problem Wrong(string path, string message) => new(path, "CRT8405", message);
}
