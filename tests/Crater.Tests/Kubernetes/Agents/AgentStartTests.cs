using Crater.Diagnostics;
using Crater.Drivers;
using Crater.Kubernetes.Agents;
using Crater.Kubernetes.Client;
using Xunit;

namespace Crater.Tests.Kubernetes.Agents;

/// <summary>A run whose agent pod cannot be had says why, by a code of its own, and leaves nothing in the cluster.</summary>
public sealed class AgentStartTests
{
    private const string Run = "chaos-0000aaaa";

    [Theory]
    [InlineData("baseline", "host namespaces (hostPID=true), hostPath volumes (volumes \"state\", \"cgroup\")")]
    [InlineData("restricted", "host namespaces (hostPID=true), unrestricted capabilities (container \"craterd\" must set securityContext.capabilities.drop=[\"ALL\"])")]
    public async Task Pod_security_that_refuses_agent_pods_is_named_with_the_label_to_set(string level, string what)
    {
        await using var bench = await AgentBench.StartAsync();
        bench.Between = context => context.Request.Method == "POST" && context.Request.Path.Value!.EndsWith("/pods", StringComparison.Ordinal)
            ? FakeFront.StatusAsync(context, 403, "Forbidden", $"pods \"crater-agent\" is forbidden: violates PodSecurity \"{level}:latest\": {what}") : Task.FromResult(false);

        var error = await RefusedAsync(bench, "CRT8502");

        Assert.Contains("pod-security.kubernetes.io/enforce=privileged", error.Message, StringComparison.Ordinal);
        Assert.Contains(level, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_quota_that_leaves_no_room_is_named()
    {
        await using var bench = await AgentBench.StartAsync();
        await NamespaceAsync(bench);
        await bench.Lab.Client.CreateAsync(
            new Resource("", "v1", "resourcequotas", "ResourceQuota", true), AgentBench.Space, LabApi.Parse("""{"apiVersion":"v1","kind":"ResourceQuota","metadata":{"name":"none"},"spec":{"hard":{"pods":"0"}}}"""), LabApi.Stop);
        bench.Lab.Store.Modify("resourcequotas", AgentBench.Space, "none", quota => quota["status"] = LabApi.Parse("""{"hard":{"pods":"0"},"used":{"pods":"0"}}"""));

        await RefusedAsync(bench, "CRT8503");
    }

    [Fact]
    public async Task An_image_that_cannot_be_pulled_is_named()
    {
        await using var bench = await AgentBench.StartAsync();
        bench.PodStatus = """{"phase":"Pending","containerStatuses":[{"name":"craterd","state":{"waiting":{"reason":"ImagePullBackOff","message":"Back-off pulling image"}}}]}""";

        await RefusedAsync(bench, "CRT8504");
    }

    [Fact]
    public async Task A_node_that_is_not_ready_is_named()
    {
        await using var bench = await AgentBench.StartAsync();
        await bench.NodeAsync("node2", isReady: false);

        await RefusedAsync(bench, "CRT8505", node: "node2");
    }

    [Fact]
    public async Task A_node_that_is_gone_is_named()
    {
        await using var bench = await AgentBench.StartAsync();

        await RefusedAsync(bench, "CRT8505", node: "node7");
    }

    [Theory]
    [InlineData("POST", "/leases", "CRT5202")]
    [InlineData("POST", "/secrets", "CRT5202")]
    [InlineData("POST", "/pods", "CRT5202")]
    [InlineData("GET", "/portforward", "CRT8515")]
    public async Task A_verb_that_is_missing_is_named(string verb, string path, string code)
    {
        await using var bench = await AgentBench.StartAsync();
        bench.Between = context => context.Request.Method == verb && context.Request.Path.Value!.EndsWith(path, StringComparison.Ordinal)
            ? FakeFront.StatusAsync(context, 403, "Forbidden", "no") : Task.FromResult(false);

        await RefusedAsync(bench, code);
    }

    [Fact]
    public async Task A_node_with_the_longest_name_that_there_is_gets_an_agent_like_any_other()
    {
        var node = string.Join('.', new string('a', 63), new string('b', 63), new string('c', 63), new string('d', 61));
        await using var bench = await AgentBench.StartAsync(node);
        using var driver = bench.Driver();

        await AgentBench.BeginAsync(driver, AgentBench.Injection(Run, node: node));

        Assert.Equal(253, node.Length);
        Assert.Equal(3, bench.Left().Count);
        Assert.All(bench.Left(), name => Assert.InRange(name.Split('/')[1].Length, 1, 63));
        await driver.EndAsync(new RunId(Run), LabApi.Stop);
        Assert.Empty(bench.Left());
    }

    private static async Task<CraterException> RefusedAsync(AgentBench bench, string code, string node = "node1")
    {
        using var driver = bench.Driver();

        var error = await Assert.ThrowsAnyAsync<CraterException>(() => AgentBench.BeginAsync(driver, AgentBench.Injection(Run, node: node)));

        Assert.Equal(code, error.Code);
        Assert.Empty(bench.Left());
        return error;
    }

    private static async Task NamespaceAsync(AgentBench bench) => await bench.Lab.Client.CreateAsync(
        Resource.Namespaces, null, LabApi.Parse($$$"""{"apiVersion":"v1","kind":"Namespace","metadata":{"name":"{{{AgentBench.Space}}}"}}"""), LabApi.Stop);
}
