using System.Globalization;
using System.Text.Json.Nodes;
using Crater.Kubernetes.Client;
using Crater.Kubernetes.Operator.Experiments;

namespace Crater.Kubernetes.Operator.Workflows;

/// <summary>How a step stands.</summary>
internal enum NodePhase { Pending, Running, Succeeded, Failed, Skipped }

/// <summary>One step as it is played, at one place of the tree.</summary>
/// <param name="Id">Its place: <c>entry</c>, <c>entry.0</c>, <c>entry.0.2</c> …</param>
/// <param name="Experiment">The object that was made for it; empty for none.</param>
internal sealed record WorkflowNode(string Id, string Step, NodePhase Phase)
{
    public string Experiment { get; init; } = "";

    public DateTimeOffset? StartedAt { get; init; }

    public DateTimeOffset? EndedAt { get; init; }

    public string Message { get; init; } = "";

    public bool IsOver => Phase is NodePhase.Succeeded or NodePhase.Failed or NodePhase.Skipped;

    public static WorkflowNode Read(JsonObject node) => new(node.Text("id"), node.Text("step"), Enum.TryParse<NodePhase>(node.Text("phase"), out var phase) ? phase : NodePhase.Pending)
    {
        Experiment = node.Text("experiment"),
        StartedAt = Moment(node.Text("startedAt")),
        EndedAt = Moment(node.Text("endedAt")),
        Message = node.Text("message"),
    };

    public JsonObject Write()
    {
        var node = new JsonObject { ["id"] = Id, ["step"] = Step, ["phase"] = Phase.ToString() };
        foreach (var (key, value) in new[]
        {
            ("experiment", Experiment), ("startedAt", StartedAt is { } began ? ExperimentStatus.Text(began) : ""),
            ("endedAt", EndedAt is { } ended ? ExperimentStatus.Text(ended) : ""), ("message", Message),
        }.Where(entry => entry.Item2.Length > 0))
        {
            node[key] = value;
        }

        return node;
    }

    private static DateTimeOffset? Moment(string text) => DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var moment) ? moment : null;
}

/// <summary>How the Experiment of a step stands.</summary>
/// <param name="IsThere">False when it was made and is gone.</param>
internal sealed record ChildState(bool IsThere, string Phase, string Verdict, string Message);

/// <summary>
/// One look at a whole Workflow: from how its steps stood, how their Experiments stand and what time it is, to how the steps stand now and what is to be made. Pure, so
/// that a death loses nothing but the look.
/// </summary>
/// <param name="isEnding">Nothing more is begun.</param>
internal sealed class WorkflowWalk(
    WorkflowSteps steps, IReadOnlyDictionary<string, WorkflowNode> before, Func<WorkflowNode, ChildState> child, Func<string, string> nameOf, DateTimeOffset now, bool isEnding)
{
    private readonly Dictionary<string, WorkflowNode> _nodes = new(before);

    /// <summary>In the order of their places.</summary>
    public IReadOnlyList<WorkflowNode> Nodes => [.. _nodes.Values.OrderBy(node => node.Id, PlaceOrder.Instance)];

    /// <summary>What is to be made, before the nodes are written down.</summary>
    public List<(WorkflowNode Node, JsonObject Document)> Makes { get; } = [];

    /// <summary>When to look again though nothing happens; null for never.</summary>
    public TimeSpan? Again { get; private set; }

    public NodePhase Play() => Visit("entry", steps.Entry);

    private NodePhase Visit(string id, string name)
    {
        var node = _nodes.GetValueOrDefault(id) ?? new WorkflowNode(id, name, NodePhase.Pending);
        if (node.IsOver)
        {
            return node.Phase;
        }

        if (node.Phase == NodePhase.Pending)
        {
            if (isEnding)
            {
                return Keep(node with { Phase = NodePhase.Skipped, EndedAt = now });
            }

            node = node with { Phase = NodePhase.Running, StartedAt = now };
        }

        var step = steps.Steps[name];
        var (phase, message) = step.Kind switch
        {
            StepKind.Serial => (Serial(id, step), ""),
            StepKind.Parallel => (Parallel(id, step), ""),
            StepKind.Wait => (Wait(node, step), ""),
            _ => Leaf(ref node, step),
        };
        var isOver = phase is NodePhase.Succeeded or NodePhase.Failed;
        return Keep(node with { Phase = phase, Message = message, EndedAt = isOver ? now : null });
    }

    private NodePhase Serial(string id, WorkflowStep step)
    {
        for (var i = 0; i < step.Steps.Count; i++)
        {
            var phase = Visit($"{id}.{i}", step.Steps[i]);
            if (phase == NodePhase.Running)
            {
                return NodePhase.Running;
            }

            if (phase != NodePhase.Succeeded && !steps.Steps[step.Steps[i]].GoesOn)
            {
                for (var rest = i + 1; rest < step.Steps.Count; rest++)
                {
                    Keep(new WorkflowNode($"{id}.{rest}", step.Steps[rest], NodePhase.Skipped) { EndedAt = now });
                }

                return NodePhase.Failed;
            }
        }

        return NodePhase.Succeeded;
    }

    private NodePhase Parallel(string id, WorkflowStep step)
    {
        var phases = step.Steps.Select((name, i) => (Phase: Visit($"{id}.{i}", name), steps.Steps[name].GoesOn)).ToList();
        return phases.Exists(one => one.Phase == NodePhase.Running) ? NodePhase.Running
            : phases.Exists(one => one.Phase != NodePhase.Succeeded && !one.GoesOn) ? NodePhase.Failed : NodePhase.Succeeded;
    }

    private NodePhase Wait(WorkflowNode node, WorkflowStep step)
    {
        var left = node.StartedAt!.Value + step.Wait - now;
        if (left <= TimeSpan.Zero)
        {
            return NodePhase.Succeeded;
        }

        Again = Again is { } sooner && sooner < left ? sooner : left;
        return isEnding ? NodePhase.Failed : NodePhase.Running;
    }

    private (NodePhase Phase, string Message) Leaf(ref WorkflowNode node, WorkflowStep step)
    {
        if (node.Experiment.Length == 0)
        {
            node = node with { Experiment = nameOf(node.Id) };
            Makes.Add((node, step.Document!));
            return (NodePhase.Running, "");
        }

        var state = child(node);
        return state switch
        {
            { IsThere: false } => (NodePhase.Failed, "Its Experiment was deleted."),
            { Phase: "Completed", Verdict: not "Refuted" } when step.Kind == StepKind.Probe && state.Verdict != "Upheld" => (NodePhase.Failed, $"The probe told nothing: {state.Message}"),
            { Phase: "Completed", Verdict: not "Refuted" } => (NodePhase.Succeeded, ""),
            { Phase: "Completed" or "Aborted" or "Failed" or "Invalid" or "Quarantined" } => (NodePhase.Failed, $"{state.Phase}: {state.Message}"),
            _ => (NodePhase.Running, ""),
        };
    }

    private NodePhase Keep(WorkflowNode node)
    {
        _nodes[node.Id] = node;
        return node.Phase;
    }

    private sealed class PlaceOrder : IComparer<string>
    {
        public static readonly PlaceOrder Instance = new();

        public int Compare(string? x, string? y)
        {
            var (left, right) = ((x ?? "").Split('.'), (y ?? "").Split('.'));
            for (var i = 1; i < Math.Min(left.Length, right.Length); i++)
            {
                var order = int.Parse(left[i], CultureInfo.InvariantCulture).CompareTo(int.Parse(right[i], CultureInfo.InvariantCulture));
                if (order != 0)
                {
                    return order;
                }
            }

            return left.Length.CompareTo(right.Length);
        }
    }
}
