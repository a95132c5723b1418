using System.Text.Json.Nodes;
using Crater.EndToEnd.Tests.CommandLine;
using Crater.Kubernetes.Client;
using Crater.Kubernetes.Operator;
using Xunit;

namespace Crater.EndToEnd.Tests.Operator;

/// <summary>Experiments that are objects, from their creation to their end, with the operator as a process before a lab.</summary>
public sealed class ExperimentTests : OperatorBench
{
    [Fact]
    public async Task An_experiment_is_injected_recovered_and_said_to_be_completed()
    {
        Operate();
        await MapAsync("carts");
        await CreateAsync(Tamper("carts", "2s"));
        await UntilAsync(async () => await ModeAsync("carts") == "wild", "the fault is in place", () => Said);
        var ended = await PhaseAsync("carts", "Completed");
        Assert.Equal("calm", await ModeAsync("carts"));
        Assert.True(ended.Condition("Recovered"));
        Assert.True(ended.Condition("Complete"));
        await UntilAsync(async () => (await ReadAsync("carts")).Texts("metadata", "finalizers").Count == 0, "nothing holds the object any longer");
    }

    [Fact]
    public async Task Deleting_an_experiment_takes_its_fault_off_before_it_goes()
    {
        Operate();
        await MapAsync("carts");
        await CreateAsync(Tamper("carts", "10m"));
        await PhaseAsync("carts", "Running");
        await UntilAsync(async () => await ModeAsync("carts") == "wild", "the fault is in place");
        await Client.DeleteAsync(CraterKinds.Experiments, "shop", "carts", new DeleteRequest(), Stop);
        await UntilAsync(() => IsGoneAsync("carts"), "the object goes", () => Said);
        Assert.Equal("calm", await ModeAsync("carts"));
    }

    [Fact]
    public async Task An_operator_that_was_killed_and_lost_its_folder_is_followed_by_one_that_takes_everything_off_and_injects_nothing_twice()
    {
        var first = Operate("pod-1");
        await MapAsync("carts");
        await CreateAsync(Tamper("carts", "10m"));
        await UntilAsync(async () => await ModeAsync("carts") == "wild", "the fault is in place", () => Said);
        var run = (await ReadAsync("carts")).Text("status", "run");
        first.Signal(Signals.Kill);
        await first.EndAsync();
        Directory.Delete(Path.Combine(Folder, "runs-pod-1"), recursive: true);
        Operate("pod-1");
        var ended = await PhaseAsync("carts", "Aborted");
        Assert.Equal(("OperatorDied", run), (ended.Text("status", "reason"), ended.Text("status", "run")));
        Assert.Equal("calm", await ModeAsync("carts"));
    }

    [Fact]
    public async Task An_operator_that_is_asked_to_end_takes_everything_off_first()
    {
        var only = Operate();
        await MapAsync("carts");
        await CreateAsync(Tamper("carts", "10m"));
        await UntilAsync(async () => await ModeAsync("carts") == "wild", "the fault is in place", () => Said);
        only.Signal(Signals.Terminate);
        Assert.Equal(0, (await only.EndAsync()).Code);
        Assert.Equal("calm", await ModeAsync("carts"));
        Assert.Equal("Aborted", (await ReadAsync("carts")).Text("status", "phase"));
    }

    [Fact]
    public async Task What_cannot_be_run_ends_with_every_problem_named_and_is_never_stuck()
    {
        Operate();
        var wrong = Tamper("wrong", "2s");
        wrong["spec"]!["document"]!["method"]![0]!["provider"]!["fault"] = "no-such-fault";
        wrong["spec"]!["document"]!["method"]!.AsArray().Add(Parse("""{"type": "action", "name": "shell", "provider": {"type": "process", "path": "sh", "arguments": ["-c", "id"]}}"""));
        await CreateAsync(wrong);
        var ended = await PhaseAsync("wrong", "Invalid");
        var codes = ended.Objects("status", "problems").Select(problem => problem.Text("code")).ToList();
        Assert.Contains("CRT8406", codes);
        Assert.True(codes.Count >= 2, string.Join(", ", codes));
        await Client.DeleteAsync(CraterKinds.Experiments, "shop", "wrong", new DeleteRequest(), Stop);
        await UntilAsync(() => IsGoneAsync("wrong"), "it goes at once");
    }

    [Theory]
    [InlineData("kube-system", "CRT3011")]
    [InlineData("crater-system", "CRT3011")]
    [InlineData("default", "CRT8407")]
    public async Task Targets_in_protected_and_in_others_namespaces_are_refused(string space, string code)
    {
        Operate();
        await MapAsync("other", space);
        var experiment = Tamper("other", "2s");
        experiment["spec"]!["document"]!["method"]![0]!["provider"]!["target"]!["namespace"] = space;
        await CreateAsync(experiment);
        var ended = await PhaseAsync("other", "Invalid");
        Assert.Contains(ended.Objects("status", "problems"), problem => problem.Text("code") == code);
        Assert.Equal("calm", await ModeAsync("other", space));
    }

    [Fact]
    public async Task A_paused_experiment_waits_and_one_that_is_paused_while_it_runs_ends()
    {
        Operate();
        await MapAsync("carts");
        var paused = Tamper("carts", "10m");
        paused["metadata"]!["annotations"] = new JsonObject { [CraterKinds.PausedKey] = "true" };
        await CreateAsync(paused);
        await PhaseAsync("carts", "Pending");
        Assert.Equal("calm", await ModeAsync("carts"));
        await PauseAsync(null);
        await UntilAsync(async () => await ModeAsync("carts") == "wild", "it begins", () => Said);
        await PauseAsync("true");
        await PhaseAsync("carts", "Aborted");
        Assert.Equal("calm", await ModeAsync("carts"));
    }

    [Fact]
    public async Task Two_processes_that_stand_by_for_each_other_inject_once()
    {
        Operate("one");
        Operate("two");
        await MapAsync("carts");
        await CreateAsync(Tamper("carts", "3s"));
        await PhaseAsync("carts", "Completed");
        Assert.Single(Said.Split('\n'), line => line.Contains(" leads ", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_finalizer_that_others_hold_stays_theirs()
    {
        Operate();
        await MapAsync("carts");
        var held = Tamper("carts", "1s");
        held["metadata"]!["finalizers"] = new JsonArray("example.com/mine");
        await CreateAsync(held);
        await PhaseAsync("carts", "Completed");
        await Client.DeleteAsync(CraterKinds.Experiments, "shop", "carts", new DeleteRequest(), Stop);
        await UntilAsync(async () => (await ReadAsync("carts")).Texts("metadata", "finalizers") is ["example.com/mine"], "only theirs is left");
    }

    [Fact]
    public async Task A_name_at_the_limit_is_run_like_any_other()
    {
        Operate();
        await MapAsync("carts");
        var name = $"x{new string('y', 251)}z";
        await CreateAsync(Tamper(name, "1s", target: "carts"));
        await PhaseAsync(name, "Completed");
    }

    private Task<JsonObject> PauseAsync(string? value) => Client.PatchAsync(CraterKinds.Experiments, "shop", "carts", PatchForm.Merge,
        new JsonObject { ["metadata"] = new JsonObject { ["annotations"] = new JsonObject { [CraterKinds.PausedKey] = value } } }, null, Stop);
}
