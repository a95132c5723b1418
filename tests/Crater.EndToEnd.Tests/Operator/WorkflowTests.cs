using System.Text.Json.Nodes;
using Crater.EndToEnd.Tests.CommandLine;
using Crater.Kubernetes.Client;
using Crater.Kubernetes.Operator;
using Xunit;

namespace Crater.EndToEnd.Tests.Operator;

/// <summary>Workflows and Schedules with the operator as a process before a lab.</summary>
public sealed class WorkflowTests : OperatorBench
{
    [Fact]
    public async Task A_workflow_of_serial_parallel_and_wait_is_played_to_its_end()
    {
        Operate();
        foreach (var name in (string[])["carts", "orders", "users"])
        {
            await MapAsync(name);
        }

        await FlowAsync(
            Group("all", "serial", "first", "pause", "both"), Leaf("first", "carts", "1s"), Parse("""{"name": "pause", "wait": "1s"}"""),
            Group("both", "parallel", "second", "third"), Leaf("second", "orders", "1s"), Leaf("third", "users", "1s"));
        var ended = await FlowPhaseAsync("Succeeded");
        Assert.Equal("6/6", ended.Text("status", "progress"));
        Assert.All(ended.Objects("status", "nodes"), node => Assert.Equal("Succeeded", node.Text("phase")));
        Assert.Equal(3, (await Client.ListAsync(CraterKinds.Experiments, "shop", ListQuery.All, Stop)).Items.Count);
    }

    [Fact]
    public async Task A_probe_step_and_a_load_step_ask_what_really_answers()
    {
        Operate();
        var (_, listening) = await ListeningAsync();
        await FlowAsync(
            Group("all", "serial", "is up", "traffic"),
            Parse($$"""{"name": "is up", "probe": {"tolerance": 200, "provider": {"type": "http", "url": "{{listening}}/healthz"} } }"""),
            Parse($$"""{"name": "traffic", "load": {"rate": 5, "duration": "1s", "scenarios": [{"name": "s", "url": "{{listening}}/healthz"}]} }"""));
        await FlowPhaseAsync("Succeeded");
    }

    [Fact]
    public async Task Deleting_a_workflow_takes_the_fault_of_its_step_off()
    {
        Operate();
        await MapAsync("carts");
        await FlowAsync(Leaf("only", "carts", "10m"));
        await UntilAsync(async () => await ModeAsync("carts") == "wild", "the step is under way", () => Said);
        await Client.DeleteAsync(CraterKinds.Workflows, "shop", "flow", new DeleteRequest(), Stop);
        await UntilAsync(async () => await ModeAsync("carts") == "calm", "its fault is off", () => Said);
        await UntilAsync(async () => (await Client.ListAsync(CraterKinds.Experiments, "shop", ListQuery.All, Stop)).Items.Count == 0, "its Experiment is gone", () => Said);
    }

    [Fact]
    public async Task An_operator_that_dies_in_a_workflow_is_followed_by_one_that_plays_no_step_twice()
    {
        var first = Operate();
        await MapAsync("carts");
        await MapAsync("orders");
        var going = Leaf("first", "carts", "10m");
        going["goesOn"] = true;
        await FlowAsync(Group("all", "serial", "first", "second"), going, Leaf("second", "orders", "1s"));
        await UntilAsync(async () => await ModeAsync("carts") == "wild", "the first step is under way", () => Said);
        first.Signal(Signals.Kill);
        await first.EndAsync();
        Operate();
        await FlowPhaseAsync("Succeeded");
        Assert.Equal(2, (await Client.ListAsync(CraterKinds.Experiments, "shop", ListQuery.All, Stop)).Items.Count);
        Assert.Equal("calm", await ModeAsync("carts"));
    }

    [Fact]
    public async Task A_schedule_whose_time_has_come_makes_one_experiment_for_it()
    {
        Operate();
        await MapAsync("carts");
        await ScheduleAsync("Forbid", "1s");
        await PassAsync("10");
        JsonObject? made = null;
        await UntilAsync(async () => (made = (await Client.ListAsync(CraterKinds.Experiments, "shop", ListQuery.All, Stop)).Items.SingleOrDefault()) is not null, "an Experiment is made", () => Said);
        await PhaseAsync(made.Name(), "Completed");
        var schedule = await Client.GetAsync(CraterKinds.Schedules, "shop", "nightly", Stop);
        Assert.Equal(made.Name(), schedule.Text("status", "lastMade"));
        Assert.True(schedule.Integer("status", "missed") > 5);
    }

    [Fact]
    public async Task A_time_that_comes_while_the_one_before_is_under_way_is_left_out_and_replaced_when_that_is_asked_for()
    {
        Operate();
        await MapAsync("carts");
        await ScheduleAsync("Forbid", "10m");
        await PassAsync("2");
        await UntilAsync(async () => await ModeAsync("carts") == "wild", "the first one is under way", () => Said);
        var first = (await Client.ListAsync(CraterKinds.Experiments, "shop", ListQuery.All, Stop)).Items.Single().Name();
        await PassAsync("3");
        await UntilAsync(async () => (await Client.GetAsync(CraterKinds.Schedules, "shop", "nightly", Stop)).Text("status", "lastScheduleTime") is { Length: > 0 } last
            && DateTimeOffset.Parse(last, System.Globalization.CultureInfo.InvariantCulture) > TimeProvider.System.GetUtcNow().AddMinutes(-2), "the time is decided on", () => Said);
        Assert.Equal(first, (await Client.ListAsync(CraterKinds.Experiments, "shop", ListQuery.All, Stop)).Items.Single().Name());
        await Client.DeleteAsync(CraterKinds.Schedules, "shop", "nightly", new DeleteRequest(), Stop);
        await UntilAsync(async () => await ModeAsync("carts") == "calm", "what it made ends with it", () => Said);
    }

    private async Task<(int Status, string Address)> ListeningAsync()
    {
        var status = 0;
        await UntilAsync(async () =>
        {
            try
            {
                status = (await AskAsync("/healthz")).Status;
                return status == 200;
            }
            catch (HttpRequestException)
            {
                return false;
            }
        }, "the operator answers");
        return (status, Address);
    }

    /// <summary>As if the last time that was decided on were so many minutes ago.</summary>
    private Task<JsonObject> PassAsync(string minutes) => Client.PatchAsync(CraterKinds.Schedules, "shop", "nightly", PatchForm.Merge, Parse($$"""
        {"status": {"lastScheduleTime": "{{TimeProvider.System.GetUtcNow().AddMinutes(-int.Parse(minutes, System.Globalization.CultureInfo.InvariantCulture)):yyyy-MM-ddTHH:mm:ssZ}}"} }
        """), "status", Stop);

    private Task<JsonObject> ScheduleAsync(string policy, string duration) => Client.CreateAsync(CraterKinds.Schedules, "shop", new JsonObject
    {
        ["metadata"] = new JsonObject { ["name"] = "nightly" },
        ["spec"] = new JsonObject { ["schedule"] = "* * * * *", ["timeZone"] = "Europe/Berlin", ["concurrencyPolicy"] = policy, ["experiment"] = Tamper("carts", duration)["spec"]!.DeepClone() },
    }, Stop);

    private Task<JsonObject> FlowAsync(params JsonObject[] steps) => Client.CreateAsync(CraterKinds.Workflows, "shop", new JsonObject
    {
        ["metadata"] = new JsonObject { ["name"] = "flow" },
        ["spec"] = new JsonObject { ["steps"] = new JsonArray([.. steps]) },
    }, Stop);

    private async Task<JsonObject> FlowPhaseAsync(string phase)
    {
        JsonObject? found = null;
        await UntilAsync(async () => (found = await Client.GetAsync(CraterKinds.Workflows, "shop", "flow", Stop)).Text("status", "phase") == phase, $"the workflow is {phase}",
            () => $"{found?["status"]?.ToJsonString()}\n{Said}");
        return found!;
    }

    private static JsonObject Group(string name, string kind, params string[] steps) => new() { ["name"] = name, [kind] = new JsonArray([.. steps.Select(step => (JsonNode?)step)]) };

    private static JsonObject Leaf(string name, string map, string duration)
    {
        var document = Tamper(map, duration)["spec"]!["document"]!.DeepClone();
        document["blast-radius"]!["targets-max"] = 10;
        return new JsonObject { ["name"] = name, ["experiment"] = new JsonObject { ["document"] = document } };
    }
}
