using System.Text.Json.Nodes;
using Crater.Kubernetes.Client;
using Crater.Kubernetes.Operator;
using Xunit;

namespace Crater.Tests.Kubernetes.Operator;

/// <summary>What was refused says everything that is wrong with it, and is looked at again when somebody has changed it; nothing of it had begun.</summary>
public sealed class MendedObjectsTests
{
    [Fact]
    public async Task An_experiment_that_was_refused_is_run_when_it_is_changed_and_nothing_is_left_of_the_refusal()
    {
        await using var desk = await OperatorDesk.OpenAsync();
        await desk.OperateAsync();
        await desk.MapAsync("carts");
        await desk.MakeAsync(CraterKinds.Experiments, "carts", Broken("carts"));
        var refused = await desk.PhaseAsync("carts", "Invalid");
        Assert.All(refused.Objects("status", "problems"), problem => Assert.DoesNotContain("line 1", problem.Text("message"), StringComparison.Ordinal));
        await ChangeAsync(desk, CraterKinds.Experiments, "carts", OperatorDesk.Tamper("carts", "10m"));
        await desk.UntilAsync(() => desk.Mode("carts") == "wild", () => "it is run");
        var running = await desk.PhaseAsync("carts", "Running");
        Assert.Equal(("", 0), (running.Text("status", "endedAt"), running.Objects("status", "problems").Count()));
        Assert.DoesNotContain(running.Objects("status", "conditions"), one => one.Text("type") == "Complete");
    }

    [Fact]
    public async Task An_experiment_without_a_target_is_run_when_it_is_changed_to_one_that_has()
    {
        await using var desk = await OperatorDesk.OpenAsync();
        await desk.OperateAsync();
        await desk.MapAsync("carts");
        await desk.ExperimentAsync("carts", "nobody", "1s");
        await desk.PhaseAsync("carts", "Failed");
        await ChangeAsync(desk, CraterKinds.Experiments, "carts", OperatorDesk.Tamper("carts", "1s"));
        await desk.PhaseAsync("carts", "Completed");
    }

    [Fact]
    public async Task An_experiment_that_has_run_is_not_run_again_by_a_change()
    {
        await using var desk = await OperatorDesk.OpenAsync();
        await desk.OperateAsync();
        await desk.MapAsync("carts");
        await desk.ExperimentAsync("carts", "carts", "1s");
        var run = (await desk.PhaseAsync("carts", "Completed")).Text("status", "run");
        await ChangeAsync(desk, CraterKinds.Experiments, "carts", OperatorDesk.Tamper("carts", "10m"));
        await desk.MapAsync("orders");
        await desk.ExperimentAsync("orders", "orders", "1s");
        await desk.PhaseAsync("orders", "Completed");      // later than the change, and by the same operator
        Assert.Equal(("Completed", run, "calm"), (desk.Find(CraterKinds.Experiments, "carts").Text("status", "phase"), desk.Find(CraterKinds.Experiments, "carts").Text("status", "run"), desk.Mode("carts")));
    }

    [Fact]
    public async Task A_workflow_is_refused_for_the_document_of_its_last_step_before_its_first_is_played_and_played_when_it_is_changed()
    {
        await using var desk = await OperatorDesk.OpenAsync();
        await desk.OperateAsync();
        await desk.MapAsync("carts");
        await desk.MakeAsync(CraterKinds.Workflows, "flow", Flow(Broken("carts")));
        var refused = await desk.PhaseAsync("flow", "Invalid", CraterKinds.Workflows);
        Assert.Equal([("CRT2101", "spec.steps[2].experiment.document.method[0].provider.fault"), ("CRT2054", "spec.steps[3].probe")],
            refused.Objects("status", "problems").Select(problem => (problem.Text("code"), problem.Text("path"))));
        Assert.Empty(desk.All(CraterKinds.Experiments));
        await ChangeAsync(desk, CraterKinds.Workflows, "flow", Flow(OperatorDesk.Tamper("carts", "1s"), timeout: "1"));
        var played = await desk.PhaseAsync("flow", "Failed", CraterKinds.Workflows);       // nobody answers the probe
        Assert.Equal("Succeeded", played.Objects("status", "nodes").First(node => node.Text("step") == "second").Text("phase"));
        Assert.Empty(played.Objects("status", "problems"));
    }

    [Fact]
    public async Task A_schedule_whose_document_cannot_be_run_says_so_at_once_and_makes_nothing()
    {
        await using var desk = await OperatorDesk.OpenAsync();
        await desk.OperateAsync();
        foreach (var (name, part, spec) in ((string, string, JsonObject)[])[("alone", "experiment", Broken("carts")), ("flow", "workflow", Flow(Broken("carts"), timeout: "1"))])
        {
            await desk.MakeAsync(CraterKinds.Schedules, name, new JsonObject { ["schedule"] = "* * * * *", [part] = spec });
            await desk.UntilAsync(() => desk.Find(CraterKinds.Schedules, name)!.Objects("status", "problems").Any(), () => $"{name} has problems");
            var problem = Assert.Single(desk.Find(CraterKinds.Schedules, name)!.Objects("status", "problems"));
            Assert.Equal(("CRT2101", $"spec.{part}.{(part == "workflow" ? "steps[2].experiment." : "")}document.method[0].provider.fault"), (problem.Text("code"), problem.Text("path")));
            await desk.UntilAsync(() => desk.Lab.Store.Scan("events").Items.Any(one => one.Text("involvedObject", "name") == name && one.Text("reason") == "Invalid" && one.Text("message").Contains("CRT2101", StringComparison.Ordinal)), () => "it is told");
        }

        Assert.Empty(desk.All(CraterKinds.Experiments));
    }

    private static JsonObject Broken(string map)
    {
        var spec = OperatorDesk.Tamper(map, "1s");
        spec["document"]!["method"]![0]!["provider"]!["fault"] = "configmap-tampr";
        return spec;
    }

    private static JsonObject Flow(JsonObject second, string timeout = "-1") => LabApi.Parse($$"""
        {"steps": [{"name": "all", "serial": ["first", "second", "third"]}, {"name": "first", "wait": "10ms"}, {"name": "second", "experiment": {{second.ToJsonString()}} },
          {"name": "third", "probe": {"tolerance": 200, "provider": {"type": "http", "url": "http://127.0.0.1:1/", "timeout": {{timeout}}} } }]}
        """);

    // As kubectl apply does: the spec alone.
    private static Task<JsonObject> ChangeAsync(OperatorDesk desk, Resource resource, string name, JsonObject spec) =>
        desk.Client.PatchAsync(resource, "shop", name, PatchForm.Merge, new JsonObject { ["spec"] = spec }, null, LabApi.Stop);
}
