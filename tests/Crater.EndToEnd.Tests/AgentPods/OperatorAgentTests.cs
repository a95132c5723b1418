using System.Text.Json.Nodes;
using Crater.EndToEnd.Tests.CommandLine;
using Crater.EndToEnd.Tests.Lab;
using Crater.EndToEnd.Tests.Operator;
using Crater.Kubernetes;
using Crater.Kubernetes.Client;
using Crater.Kubernetes.Install;
using Crater.Kubernetes.Operator;
using Xunit;

namespace Crater.EndToEnd.Tests.AgentPods;

/// <summary>Experiments whose faults need an agent pod, run by an operator process under exactly the roles that the chart installs.</summary>
public sealed class OperatorAgentTests(AgentLab lab) : IClassFixture<AgentLab>, IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(120);
    private KubernetesConnection _cluster = null!;
    private OperatorProcesses _operators = null!;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        Assert.SkipUnless(KubectlTool.IsThere, "kubectl 1.28 or newer is missing, with which the chart is applied");
        _cluster = await KubernetesConnection.OpenAsync(new ConnectionOptions { Kubeconfig = lab.Kubeconfig }, TimeProvider.System, Stop);
        _operators = new OperatorProcesses(lab.Home, await InstalledChart.ApplyAsync(lab.Home, lab.Kubeconfig, new InstallOptions()));
    }

    public ValueTask DisposeAsync()
    {
        _operators?.Dispose();
        _cluster?.Dispose();
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task An_experiment_on_a_pods_processes_comes_to_its_end_and_leaves_no_agent()
    {
        _operators.Start();
        await CreateAsync("short", "3s");
        var ended = await PhaseAsync("short", "Completed");
        var conditions = ended.Objects("status", "conditions").ToDictionary(one => one.Text("type"), one => one.Text("reason"));
        Assert.Equal("Certified", conditions["Recovered"]);
        Assert.True(conditions.ContainsKey("Injected"));
        await LeftNothingAsync();
        Assert.DoesNotContain("CRT5202", _operators.Said, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Deleting_the_experiment_takes_the_fault_off_before_the_object_goes()
    {
        _operators.Start();
        await CreateAsync("deleted", "10m");
        var pod = await FrozenAsync();
        await _cluster.Client.DeleteAsync(CraterKinds.Experiments, "work", "deleted", new DeleteRequest(), Stop);
        await UntilAsync(async () => await _cluster.Client.FindAsync(CraterKinds.Experiments, "work", "deleted", Stop) is null, () => "the object goes");
        Assert.False(lab.IsFrozen(pod));
        await LeftNothingAsync();
    }

    [Fact]
    public async Task An_operator_that_is_killed_is_followed_by_one_that_takes_the_fault_off_the_node_before_it_says_so()
    {
        var first = _operators.Start();
        await CreateAsync("killed", "10m");
        var pod = await FrozenAsync();
        first.Signal(Signals.Kill);
        await first.EndAsync();
        _operators.Start();
        await PhaseAsync("killed", "Aborted");
        Assert.False(lab.IsFrozen(pod));
        Assert.DoesNotContain(await lab.LeftAsync(), left => left.StartsWith("leases/", StringComparison.Ordinal));
        await LeftNothingAsync();
    }

    private Task<JsonObject> CreateAsync(string name, string duration) => _cluster.Client.CreateAsync(CraterKinds.Experiments, "work", JsonNode.Parse($$$"""
        {"apiVersion": "crater.dev/v1alpha1", "kind": "Experiment", "metadata": {"name": "{{{name}}}"}, "spec": {"document": {
          "title": "A sleeper stands still", "driver": "agent", "blast-radius": {"duration-max": "30m", "targets-max": 1, "target-share-max": 1},
          "method": [{"type": "action", "name": "stop", "provider": {"type": "fault", "fault": "process-stop",
            "target": {"labels": "app=sleeper", "count": 1}, "duration": "{{{duration}}}"} } ]} } }
        """)!.AsObject(), Stop);

    private async Task<SeenPod> FrozenAsync()
    {
        var pods = await lab.PodsAsync("work");
        await UntilAsync(() => Task.FromResult(pods.Any(lab.IsFrozen)), () => "one of the pods stands still");
        return pods.Single(lab.IsFrozen);
    }

    private async Task<JsonObject> PhaseAsync(string name, string phase)
    {
        JsonObject? found = null;
        await UntilAsync(async () => (found = await _cluster.Client.GetAsync(CraterKinds.Experiments, "work", name, Stop)).Text("status", "phase") == phase, () => $"{name} is {phase}: {found?["status"]?.ToJsonString()}");
        return found!;
    }

    private async Task UntilAsync(Func<Task<bool>> holds, Func<string> what) => Assert.True(await Wait.ComesTrueAsync(holds, Patience), $"It did not come true that {what()}.\n{_operators.Said}");

    private async Task LeftNothingAsync()
    {
        await UntilAsync(async () => (await lab.LeftAsync()).Count == 0, () => "nothing of the agents is left");
        Assert.DoesNotContain(await lab.PodsAsync("work"), lab.IsFrozen);
    }
}
