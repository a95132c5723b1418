using System.Text.Json.Nodes;
using Crater.Kubernetes.Operator.Workflows;
using Xunit;

namespace Crater.Tests.Kubernetes.Operator;

public sealed class WorkflowWalkTests
{
    private static readonly DateTimeOffset Noon = new(2026, 5, 1, 12, 0, 0, TimeSpan.Zero);

    private const string Leaf = """{"name": "NAME", "experiment": {"document": {"title": "NAME", "method": []}}}""";

    [Fact]
    public void Serial_steps_begin_one_after_the_other()
    {
        var steps = Read(Group("serial", "a", "b"), Experiment("a"), Experiment("b"));
        var first = Walk(steps, []);
        Assert.Equal(["x-entry.0"], first.Makes.Select(make => make.Node.Experiment));
        var second = Walk(steps, first.Nodes, ("x-entry.0", "Completed"));
        Assert.Equal(["x-entry.1"], second.Makes.Select(make => make.Node.Experiment));
        Assert.Equal(NodePhase.Succeeded, Walk(steps, second.Nodes, ("x-entry.1", "Completed")).Play());
    }

    [Fact]
    public void Parallel_steps_begin_at_once_and_the_group_fails_when_one_did_after_all_ended()
    {
        var steps = Read(Group("parallel", "a", "b"), Experiment("a"), Experiment("b"));
        var first = Walk(steps, []);
        Assert.Equal(2, first.Makes.Count);
        var half = Walk(steps, first.Nodes, ("x-entry.0", "Failed"), ("x-entry.1", "Running"));
        Assert.Equal(NodePhase.Running, half.Play());
        Assert.Equal(NodePhase.Failed, Walk(steps, half.Nodes, ("x-entry.1", "Completed")).Play());
    }

    [Fact]
    public void What_comes_after_a_failure_is_skipped_unless_the_step_says_that_it_goes_on()
    {
        var stops = Read(Group("serial", "a", "b"), Experiment("a"), Experiment("b"));
        var failed = Walk(stops, Walk(stops, []).Nodes, ("x-entry.0", "Aborted"));
        Assert.Equal(NodePhase.Skipped, failed.Nodes.Single(node => node.Id == "entry.1").Phase);
        var going = Experiment("a");
        going["goesOn"] = true;
        var goes = Read(Group("serial", "a", "b"), going, Experiment("b"));
        Assert.Single(Walk(goes, Walk(goes, []).Nodes, ("x-entry.0", "Aborted")).Makes);
    }

    [Fact]
    public void A_wait_is_over_when_its_time_has_passed_by_the_time_of_the_cluster()
    {
        var steps = Read(new JsonObject { ["name"] = "w", ["wait"] = "30s" });
        var first = new WorkflowWalk(steps, new Dictionary<string, WorkflowNode>(), _ => throw new InvalidOperationException(), id => id, Noon, isEnding: false);
        Assert.Equal(NodePhase.Running, first.Play());
        Assert.Equal(TimeSpan.FromSeconds(30), first.Again);
        var later = new WorkflowWalk(steps, first.Nodes.ToDictionary(node => node.Id), _ => throw new InvalidOperationException(), id => id, Noon.AddSeconds(30), isEnding: false);
        Assert.Equal(NodePhase.Succeeded, later.Play());
    }

    [Fact]
    public void An_experiment_that_somebody_deleted_is_a_failure_and_is_not_made_again()
    {
        var steps = Read(Experiment("a"));
        var again = Walk(steps, Walk(steps, []).Nodes);
        Assert.Empty(again.Makes);
        Assert.Equal(NodePhase.Failed, again.Nodes[0].Phase);
    }

    [Fact]
    public void What_is_ending_begins_nothing()
    {
        var steps = Read(Group("serial", "a"), Experiment("a"));
        var walk = new WorkflowWalk(steps, new Dictionary<string, WorkflowNode>(), _ => throw new InvalidOperationException(), id => id, Noon, isEnding: true);
        walk.Play();
        Assert.Empty(walk.Makes);
    }

    [Fact]
    public void Steps_in_themselves_and_steps_that_are_not_there_are_named_at_once()
    {
        Assert.Contains("in itself", Assert.Single(Read(Group("serial", "group")).Problems).Message, StringComparison.Ordinal);
        var several = Read(Group("serial", "no"), new JsonObject { ["name"] = "w", ["wait"] = "soon" }, new JsonObject { ["name"] = "two", ["wait"] = "1s", ["serial"] = new JsonArray() });
        Assert.Equal(3, several.Problems.Count);
    }

    [Fact]
    public void Steps_that_double_with_every_level_are_refused()
    {
        var levels = Enumerable.Range(0, 30).Select(i => new JsonObject { ["name"] = $"s{i}", ["serial"] = new JsonArray($"s{i + 1}", $"s{i + 1}") });
        Assert.Single(Read([.. levels, new JsonObject { ["name"] = "s30", ["wait"] = "1s" }]).Problems);
    }

    private static WorkflowSteps Read(params JsonObject[] steps) => WorkflowSteps.Read(new JsonObject { ["spec"] = new JsonObject { ["steps"] = new JsonArray([.. steps]) } });

    private static JsonObject Group(string kind, params string[] steps) => new() { ["name"] = "group", [kind] = new JsonArray([.. steps.Select(step => (JsonNode?)step)]) };

    private static JsonObject Experiment(string name) => JsonNode.Parse(Leaf.Replace("NAME", name, StringComparison.Ordinal))!.AsObject();

    private static WorkflowWalk Walk(WorkflowSteps steps, IReadOnlyList<WorkflowNode> before, params (string Experiment, string Phase)[] children)
    {
        var states = children.ToDictionary(child => child.Experiment, child => new ChildState(true, child.Phase, "Upheld", ""));
        var walk = new WorkflowWalk(steps, before.ToDictionary(node => node.Id), node => states.GetValueOrDefault(node.Experiment) ?? new ChildState(false, "", "", ""), id => $"x-{id}", Noon, isEnding: false);
        walk.Play();
        return walk;
    }
}
