using System.Globalization;
using System.Text.Json.Nodes;
using Crater.Kubernetes.Client;
using Crater.Kubernetes.Operator.Experiments;
using Crater.Targets;

namespace Crater.Kubernetes.Operator.Workflows;

/// <summary>
/// Plays a Workflow: each leaf is an Experiment that it owns, named by the leaf's place, so it is made once. How every step stands is in the status and nowhere else.
/// </summary>
/// <param name="home">The operator's own namespace.</param>
internal sealed class WorkflowReconciler(KubernetesClient client, Family family, EventDesk events, Leadership leadership, string home) : IReconciler
{
    private readonly ObjectWriter _writer = new(client);

    public Resource Resource => CraterKinds.Workflows;

    public void Forget(JsonObject gone)
    {
        // Its Experiments go with it, by the owner that stands there, and each takes off what it had put in place.
    }

    public async Task<TimeSpan?> ReconcileAsync(JsonObject found, CancellationToken stop)
    {
        if (found.IsTerminating() || (Family.IsOver(found) && !IsMended(found)))
        {
            return null;
        }

        var now = await client.ServerNowAsync(stop);
        var isNew = !found.Objects("status", "nodes").Any();
        var steps = WorkflowSteps.Read(found);
        var problems = isNew ? FlowExam.OfWorkflow(found, home) : steps.Problems;
        if (problems.Count > 0)
        {
            await EndAsync(found, [], "Invalid", problems.Count == 1 ? problems[0].Message : $"{problems.Count} problems; the first: {problems[0].Message}", new JsonArray([.. problems.Select(problem => (JsonNode?)new JsonObject
            {
                ["code"] = problem.Code,
                ["path"] = problem.Path,
                ["message"] = problem.Message,
            })]), now, stop);
            return null;
        }

        if (found.Annotation(CraterKinds.PausedKey) == "true" && isNew)
        {
            return null;
        }

        return await PlayAsync(found, steps, now, stop);
    }

    private async Task<TimeSpan?> PlayAsync(JsonObject found, WorkflowSteps steps, DateTimeOffset now, CancellationToken stop)
    {
        leadership.Demand();
        var deadline = Deadline(found);
        var isEnding = found.Flag("spec", "abort") || deadline <= now || found.Annotation(CraterKinds.PausedKey) == "true";
        var before = found.Objects("status", "nodes").Select(WorkflowNode.Read).ToDictionary(node => node.Id);
        var children = await ChildrenAsync(found, before.Values, stop);
        var walk = new WorkflowWalk(steps, before, node => children[node.Experiment], id => Family.ChildName(found.Name(), id.Replace("entry", "step", StringComparison.Ordinal).Replace('.', '-')), now, isEnding);
        var phase = walk.Play();
        if (isEnding)
        {
            await AbortAsync(found, before.Values, children, stop);
        }

        foreach (var (node, document) in walk.Makes)
        {
            await family.MakeAsync(CraterKinds.Experiments, found, node.Experiment, new JsonObject { ["document"] = document.DeepClone() }, stop);
        }

        if (phase != NodePhase.Running)
        {
            var failed = walk.Nodes.Where(node => node.Phase == NodePhase.Failed && node.Message.Length > 0).ToList();
            await EndAsync(found, walk.Nodes, isEnding ? "Aborted" : phase == NodePhase.Succeeded ? "Succeeded" : "Failed",
                isEnding ? deadline <= now ? "Its deadline has passed." : "It was asked to end." : failed.Count > 0 ? $"Step {failed[0].Step}: {failed[0].Message}" : "Every step was played.", [], now, stop);
            return null;
        }

        var status = Standing(found, walk.Nodes, "Running", "", []);
        status["startedAt"] ??= ExperimentStatus.Text(now);
        status.Remove("endedAt");     // of the one that was refused before it was changed
        if (!JsonNode.DeepEquals(status, found.At("status")))
        {
            await _writer.StatusAsync(Resource, found, status, stop);
        }

        var left = deadline - now;
        return walk.Again is { } again && (left is null || again < left) ? again : left;
    }

    private async Task<Dictionary<string, ChildState>> ChildrenAsync(JsonObject found, IEnumerable<WorkflowNode> nodes, CancellationToken stop)
    {
        Dictionary<string, ChildState> states = [];
        foreach (var name in nodes.Where(node => node.Experiment.Length > 0 && !node.IsOver).Select(node => node.Experiment))
        {
            var child = await family.FindAsync(CraterKinds.Experiments, found, name, stop);
            // One of the name that somebody else made is not ours to judge by.
            states[name] = child is null || child.Controller().Text("uid") != found.Uid() ? new ChildState(false, "", "", "")
                : new ChildState(true, child.Text("status", "phase"), child.Text("status", "verdict"), child.Text("status", "message"));
        }

        return states;
    }

    private async Task AbortAsync(JsonObject found, IEnumerable<WorkflowNode> nodes, Dictionary<string, ChildState> children, CancellationToken stop)
    {
        foreach (var node in nodes.Where(node => !node.IsOver && children.TryGetValue(node.Experiment, out var state) && state is { IsThere: true, Phase: "" or "Pending" or "Running" }))
        {
            await client.PatchAsync(CraterKinds.Experiments, found.Namespace(), node.Experiment, PatchForm.Merge, new JsonObject { ["spec"] = new JsonObject { ["abort"] = true } }, null, stop);
        }
    }

    private async Task EndAsync(JsonObject found, IReadOnlyList<WorkflowNode> nodes, string phase, string message, JsonArray problems, DateTimeOffset now, CancellationToken stop)
    {
        var status = Standing(found, nodes, phase, message, problems);
        status["endedAt"] = ExperimentStatus.Text(now);
        await events.TellAsync(await _writer.StatusAsync(Resource, found, status, stop), stop);
    }

    private static JsonObject Standing(JsonObject found, IReadOnlyList<WorkflowNode> nodes, string phase, string message, JsonArray problems)
    {
        var status = found.At("status")?.DeepClone() as JsonObject ?? [];
        (status["phase"], status["message"], status["reason"]) = (phase, message, phase);
        status["progress"] = $"{nodes.Count(node => node.IsOver)}/{nodes.Count}";
        status["nodes"] = new JsonArray([.. nodes.Select(node => (JsonNode?)node.Write())]);
        status["problems"] = problems;
        status["observedGeneration"] = found.At("metadata", "generation")?.DeepClone();
        return status;
    }

    // Refused, so nothing of it was begun, and changed since.
    private static bool IsMended(JsonObject found) => found.Text("status", "phase") == "Invalid" && found.Integer("status", "observedGeneration") < found.Integer("metadata", "generation");

    private static DateTimeOffset? Deadline(JsonObject found) => Durations.TryParse(found.Text("spec", "deadline"), out var after)
        && DateTimeOffset.TryParse(found.Text("metadata", "creationTimestamp"), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var created) ? created + after : null;
}
