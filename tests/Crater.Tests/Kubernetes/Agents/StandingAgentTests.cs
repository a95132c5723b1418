using System.Text.Json.Nodes;
using Crater.Diagnostics;
using Crater.Drivers;
using Crater.Kubernetes.Agents;
using Crater.Kubernetes.Client;
using Xunit;

namespace Crater.Tests.Kubernetes.Agents;

/// <summary>Agents that are there without any run: used as they are, or refused.</summary>
public sealed class StandingAgentTests
{
    private const string Run = "chaos-0000aaaa";

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task One_that_stands_on_the_node_is_used_and_left_as_it_is_whatever_the_setting_says(bool isDaemonSet)
    {
        await using var bench = await AgentBench.StartAsync();
        await TokenAsync(bench);
        await StandAsync(bench, AgentNeeds.Of([AgentBench.Injection(Run)]));
        var before = bench.Left();
        using var driver = bench.Driver(isDaemonSet: isDaemonSet);

        await AgentBench.BeginAsync(driver, AgentBench.Injection(Run));
        var use = Assert.Single(bench.Left().Except(before));
        Assert.StartsWith("leases", use, StringComparison.Ordinal);
        await driver.EndAsync(new RunId(Run), LabApi.Stop);

        Assert.Equal(before, bench.Left());
    }

    [Fact]
    public async Task A_node_without_one_is_refused_where_none_is_to_be_made()
    {
        await using var bench = await AgentBench.StartAsync();
        await TokenAsync(bench);
        await StandAsync(bench, AgentNeeds.None, node: "node2");

        await RefusedAsync(bench, "CRT8509", AgentBench.Injection(Run), isDaemonSet: true);
    }

    [Fact]
    public async Task One_that_is_not_ready_is_refused_with_what_its_node_says()
    {
        await using var bench = await AgentBench.StartAsync();
        bench.PodStatus = """{"phase":"Pending","containerStatuses":[{"name":"craterd","state":{"waiting":{"reason":"ImagePullBackOff","message":"no such image"}}}]}""";
        await TokenAsync(bench);
        await StandAsync(bench, AgentNeeds.Of([AgentBench.Injection(Run)]));

        Assert.Contains("no such image", await RefusedAsync(bench, "CRT8508", AgentBench.Injection(Run)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task One_whose_token_is_missing_is_refused_by_its_secrets_name()
    {
        await using var bench = await AgentBench.StartAsync();
        await StandAsync(bench, AgentNeeds.Of([AgentBench.Injection(Run)]));

        Assert.Contains("the Secret crater-agent", await RefusedAsync(bench, "CRT8508", AgentBench.Injection(Run)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task One_that_may_do_less_than_the_run_needs_is_refused_with_what_it_lacks()
    {
        await using var bench = await AgentBench.StartAsync();
        await TokenAsync(bench);
        await StandAsync(bench, AgentNeeds.Of([AgentBench.Injection(Run)]));

        var message = await RefusedAsync(bench, "CRT8517", AgentBench.Injection(Run, "network-loss"));

        Assert.Contains("the capability NET_ADMIN", message, StringComparison.Ordinal);
        Assert.DoesNotContain("SYS_PTRACE", message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("hostPID", """{"hostPID":false}""")]
    [InlineData("/sys/fs/cgroup", """{"volumes":[{"name":"cgroup","emptyDir":{}},{"name":"state","hostPath":{"path":"/var/lib/crater"}}]}""")]
    [InlineData("/var/lib/crater", """{"volumes":[{"name":"cgroup","hostPath":{"path":"/sys/fs/cgroup"}},{"name":"state","hostPath":{"path":"/var/lib/crater-2"}}]}""")]
    public void What_its_manifest_does_not_give_is_named(string lacks, string changes)
    {
        var needs = AgentNeeds.Of([AgentBench.Injection(Run)]);
        var pod = AgentManifest.Pod("standing", new AgentPodOptions(), "node1", needs);
        StandingAgent.MustAllow(pod, "node1", needs);
        foreach (var (name, value) in LabApi.Parse(changes))
        {
            pod["spec"]![name] = value?.DeepClone();
        }

        Assert.Contains(lacks, Assert.Throws<CraterException>(() => StandingAgent.MustAllow(pod, "node1", needs)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Faults_of_the_node_itself_take_its_network_or_the_absence_of_limits()
    {
        var pod = AgentManifest.Pod("standing", new AgentPodOptions(), "node1", AgentNeeds.Of([AgentBench.Injection(Run)]));
        var needs = AgentNeeds.Of([AgentBench.Injection(Run)]) with { IsOnHostNetwork = true, IsUnbounded = true };

        var message = Assert.Throws<CraterException>(() => StandingAgent.MustAllow(pod, "node1", needs)).Message;

        Assert.Contains("hostNetwork", message, StringComparison.Ordinal);
        Assert.Contains("resources.limits", message, StringComparison.Ordinal);
    }

    [Fact]
    public void One_that_is_privileged_has_every_capability()
    {
        var needs = AgentNeeds.Of([AgentBench.Injection(Run, "network-loss")]);
        var pod = AgentManifest.Pod("standing", new AgentPodOptions(), "node1", needs with { Capabilities = new HashSet<string>() });
        pod["spec"]!["containers"]![0]!["securityContext"] = new JsonObject { ["privileged"] = true };

        StandingAgent.MustAllow(pod, "node1", needs);
    }

    private static async Task<string> RefusedAsync(AgentBench bench, string code, Injection injection, bool isDaemonSet = false)
    {
        var before = bench.Left();
        using var driver = bench.Driver(TimeSpan.FromSeconds(1), isDaemonSet);
        var error = await Assert.ThrowsAsync<CraterException>(() => AgentBench.BeginAsync(driver, injection));
        Assert.Equal(code, error.Code);
        Assert.Equal(before, bench.Left());
        return error.Message;
    }

    private static async Task TokenAsync(AgentBench bench)
    {
        await SpaceAsync(bench);
        await bench.Lab.Client.CreateAsync(Resource.Secrets, AgentBench.Space, AgentManifest.Secret(AgentNames.OfDaemonSet, new AgentPodOptions(), "", "a token"), LabApi.Stop);
    }

    private static async Task StandAsync(AgentBench bench, AgentNeeds needs, string node = "node1")
    {
        await SpaceAsync(bench);
        await bench.Lab.Client.CreateAsync(Resource.Pods, AgentBench.Space, AgentManifest.Pod("crater-agent-x7k2p", new AgentPodOptions(), node, needs), LabApi.Stop);
    }

    private static async Task SpaceAsync(AgentBench bench)
    {
        if (await bench.Lab.Client.FindAsync(Resource.Namespaces, null, AgentBench.Space, LabApi.Stop) is null)
        {
            await bench.Lab.Client.CreateAsync(Resource.Namespaces, null, LabApi.Parse($$$"""{"metadata":{"name":"{{{AgentBench.Space}}}"}}"""), LabApi.Stop);
        }
    }
}
