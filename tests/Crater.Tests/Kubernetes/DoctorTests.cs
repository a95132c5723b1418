using System.Runtime.CompilerServices;
using System.Text.Json.Nodes;
using Crater.Drivers;
using Crater.Kubernetes;
using Crater.Kubernetes.Client;
using Crater.Kubernetes.Discovery;
using Crater.Kubernetes.Doctor;
using Crater.Kubernetes.Drivers;
using Crater.Kubernetes.Keeping;
using Crater.Targets;
using Xunit;

namespace Crater.Tests.Kubernetes;

public sealed class DoctorTests : IAsyncLifetime
{
    private const string Robot = "system:serviceaccount:ops:robot";

    private LabApi _lab = null!;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _lab = await LabApi.StartAsync();

    public ValueTask DisposeAsync() => _lab.DisposeAsync();

    [Fact]
    public void The_files_in_deploy_are_made_of_the_table()
    {
        foreach (var set in Permissions.All.Concat(Permissions.OfMetrics))
        {
            Same($"deploy/rbac/{set.Name}.yaml", PermissionText.Manifest(set));
        }

        Same($"deploy/rbac/{Permissions.NamespacedOperator.Name}.yaml", PermissionText.NamespacedManifest(Permissions.NamespacedOperator));
    }

    [Fact]
    public void The_page_of_permissions_is_made_of_the_table() => Same("docs/permissions.md", PermissionText.Page());

    [Fact]
    public void Inventory_reads_and_reads_no_secret()
    {
        Assert.All(Permissions.Inventory.Permissions, one => Assert.Empty(one.Verbs.Except(["get", "list", "watch"])));
        Assert.DoesNotContain(Permissions.Inventory.Permissions, one => one.Resource.Contains("secret", StringComparison.Ordinal));
    }

    [Fact]
    public void No_part_asks_for_everything() =>
        Assert.All(Permissions.All.SelectMany(set => set.Permissions), one => Assert.False(one.Group == "*" || one.Resource == "*" || one.Verbs.Contains("*")));

    [Fact]
    public async Task The_role_for_inventory_is_all_that_an_inventory_needs()
    {
        await _lab.DeployAsync("carts", 2);
        await _lab.NodeAsync("node1", "a");
        await GrantAsync(Permissions.Inventory);
        using var connection = await AsRobotAsync();
        var topology = await new KubernetesDiscovery(connection).DiscoverAsync(new DiscoveryOptions(), Stop);
        Assert.Empty(topology.Unknown);
        Assert.Contains(topology.Components, component => component.Name == "carts");
        Assert.True((await Assert.ThrowsAsync<KubernetesException>(() =>
            connection.Client.ListAsync(Resource.Secrets, "shop", ListQuery.All, Stop))).IsForbidden);
    }

    [Fact]
    public async Task One_verb_that_is_missing_is_named_with_its_resource_and_the_file_that_grants_it()
    {
        var lacking = Permissions.Inventory.Permissions.Select(one => one.Resource == "ingresses" ? one with { Verbs = ["get", "watch"] } : one);
        await GrantAsync(Permissions.Inventory with { Permissions = [.. lacking] });
        using var connection = await AsRobotAsync();
        var found = await ExamineAsync(connection);
        var missing = Assert.Single(found.Checks, check => check.State == CheckState.Missing);
        Assert.Equal(("may inventory", "CRT5221"), (missing.Name, missing.Code));
        Assert.Contains("not list ingresses.networking.k8s.io", missing.Found, StringComparison.Ordinal);
        Assert.Contains("deploy/rbac/inventory.yaml", missing.Advice, StringComparison.Ordinal);
        Assert.False(found.IsFine);
    }

    [Fact]
    public async Task What_only_limits_is_no_reason_to_fail()
    {
        await GrantAsync(Permissions.Inventory);
        using var connection = await AsRobotAsync();
        var found = await ExamineAsync(connection);
        Assert.True(found.IsFine);
        Assert.Contains(found.Checks, check => check is { Name: "may kubernetes-driver", State: CheckState.Limited });
        Assert.DoesNotContain(found.Checks, check => check.Name == "may litmus");
    }

    [Fact]
    public async Task Who_may_do_everything_is_told_so_in_a_line_each()
    {
        var found = await ExamineAsync(_lab.Connection);
        Assert.Equal(["may inventory", "may kubernetes-driver", "may agent"], found.Checks.Where(check => check.Name.StartsWith("may ", StringComparison.Ordinal)).Select(check => check.Name));
        Assert.All(found.Checks.Where(check => check.Name.StartsWith("may ", StringComparison.Ordinal)), check => Assert.Equal(CheckState.Fine, check.State));
    }

    [Theory]
    [InlineData("v1.28.0", CheckState.Fine)]
    [InlineData("v1.31+", CheckState.Fine)]
    [InlineData("v1.27.16", CheckState.Missing)]
    [InlineData("v2.0.0", CheckState.Limited)]
    [InlineData("", CheckState.Limited)]
    public void A_version_is_judged(string version, CheckState state) => Assert.Equal(state, ClusterDoctor.Version(version).State);

    [Theory]
    [InlineData("v1alpha1", CheckState.Fine)]
    [InlineData("v2", CheckState.Missing)]
    public void A_definition_of_another_version_is_missing(string version, CheckState state) =>
        Assert.Equal(state, Definitions.Examine([new ServedResource(new Resource("litmuschaos.io", version, "chaosengines", "ChaosEngine", true), [], [], [])])
            .Single(check => check.Name == "litmuschaos.io").State);

    [Fact]
    public async Task A_namespace_in_which_no_agent_runs_may_have_whatever_level_it_likes()
    {
        await _lab.Client.PatchAsync(Resource.Namespaces, null, "default", PatchForm.Merge,
            LabApi.Parse("""{"metadata":{"labels":{"pod-security.kubernetes.io/enforce":"restricted"}}}"""), null, Stop);
        Assert.DoesNotContain((await ExamineAsync(_lab.Connection)).Checks, check => check.Found.Contains("restricted", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("", CheckState.Limited, "is not there")]
    [InlineData("restricted", CheckState.Limited, "enforces 'restricted'")]
    [InlineData("privileged", CheckState.Fine, "admits agent pods")]
    public async Task The_namespace_of_agents_is_looked_at_beside_the_one_that_is_asked_for(string level, CheckState state, string found)
    {
        if (level.Length > 0)
        {
            await _lab.Client.CreateAsync(Resource.Namespaces, null, LabApi.Parse(
                $$$$"""{"apiVersion":"v1","kind":"Namespace","metadata":{"name":"chaos","labels":{"pod-security.kubernetes.io/enforce":"{{{{level}}}}"}}}"""), Stop);
        }

        using var outside = new HttpClient();
        var check = await new ClusterDoctor(_lab.Connection, null, outside, TimeProvider.System) { AgentNamespace = "chaos" }.AgentsAsync(Stop);

        Assert.Equal(state, check.State);
        Assert.Contains(found, check.Found, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_rights_of_agents_are_asked_for_in_the_namespace_of_agents()
    {
        await _lab.Client.CreateAsync(Resource.Namespaces, null, LabApi.Parse("""{"apiVersion":"v1","kind":"Namespace","metadata":{"name":"chaos"}}"""), Stop);
        await GrantAsync(Permissions.Inventory);
        await GrantAsync(Permissions.Agent, "chaos");
        using var connection = await AsRobotAsync();
        using var outside = new HttpClient();
        var found = await new ClusterDoctor(connection, null, outside, TimeProvider.System) { AgentNamespace = "chaos" }.ExamineAsync(Stop);
        Assert.Equal("all of it in namespace 'chaos', not in every namespace", Assert.Single(found.Checks, check => check.Name == "may agent").Found);
    }

    [Fact]
    public async Task A_prometheus_that_does_not_answer_is_missing_and_one_that_does_is_fine()
    {
        await using var front = await FakeFront.StartAsync(async context =>
        {
            await Microsoft.AspNetCore.Http.HttpResponseWritingExtensions.WriteAsync(context.Response, "{}", Stop);
            return true;
        });
        Assert.Equal(CheckState.Fine, State(await ExamineAsync(_lab.Connection, front.Address)));
        await front.DisposeAsync();
        Assert.Equal(CheckState.Missing, State(await ExamineAsync(_lab.Connection, front.Address)));

        static CheckState State(Checkup found) => found.Checks.Single(check => check.Name == "prometheus").State;
    }

    private static async Task<Checkup> ExamineAsync(KubernetesConnection connection, Uri? prometheus = null)
    {
        using var outside = new HttpClient();
        return await new ClusterDoctor(connection, prometheus, outside, TimeProvider.System).ExamineAsync(Stop);
    }

    [Fact]
    public async Task The_roles_for_inventory_and_driver_are_all_that_faults_and_their_keeper_need()
    {
        await _lab.NodeAsync("node1", "a");
        await _lab.DeployAsync("carts", 0);
        await GrantAsync(Permissions.Inventory);
        await GrantAsync(Permissions.KubernetesDriver);
        using var connection = await AsRobotAsync();
        var driver = new KubernetesDriver(connection.Client, TimeProvider.System);
        var keeper = new ApiStateKeeper(connection.Client, [], TimeProvider.System);
        foreach (var (fault, kind, name, argument) in new[]
        {
            ("deployment-scale", TargetKind.Deployment, "carts", ("replicas", "2")), ("deployment-delete", TargetKind.Deployment, "carts", ("", "")),
            ("node-taint", TargetKind.Node, "node1", ("add", "chaos:NoSchedule")), ("namespace-label", TargetKind.Namespace, "shop", ("add", "a=b")),
            ("cluster-pending-pods", TargetKind.Namespace, "shop", ("count", "1")),
        })
        {
            var injection = _lab.Injection(fault, kind, name, 1, argument, ("name", "crowd"), ("image", "none"));
            var preparation = await driver.PrepareAsync(injection, Stop);
            await driver.InjectAsync(injection, preparation, TimeSpan.FromSeconds(10), Stop);
            Assert.Single(await keeper.ListAsync(Stop));
            await driver.RecoverAsync(injection, preparation, Stop);
            Assert.Empty(await keeper.ListAsync(Stop));
        }

        await new KubernetesClaims(connection.Client, []).ClaimAsync(new Claim(new TargetId("pod/shop/a"), "", new RunId("chaos-1a2b3c4d")), TimeSpan.FromSeconds(1), Stop);
        await keeper.TidyAsync(Stop);
    }

    private Task<KubernetesConnection> AsRobotAsync() => _lab.OpenAsync($"as: {Robot}");

    private async Task GrantAsync(PermissionSet set, string space = "")
    {
        var roles = new Resource("rbac.authorization.k8s.io", "v1", "clusterroles", "ClusterRole", false);
        await _lab.Client.CreateAsync(roles, null, PermissionText.Role(set), Stop);
        var bindings = space.Length == 0 ? roles with { Plural = "clusterrolebindings", Kind = "ClusterRoleBinding" } : roles with { Plural = "rolebindings", Kind = "RoleBinding", IsNamespaced = true };
        await _lab.Client.CreateAsync(bindings, space.Length == 0 ? null : space, LabApi.Parse($$"""
            {"metadata":{"name":"{{set.Role}}"},"roleRef":{"apiGroup":"rbac.authorization.k8s.io","kind":"ClusterRole","name":"{{set.Role}}"},
             "subjects":[{"kind":"ServiceAccount","namespace":"ops","name":"robot"}]}
            """), Stop);
    }

    private static void Same(string file, string text, [CallerFilePath] string here = "")
    {
        var path = Path.GetFullPath(Path.Combine(Path.GetDirectoryName(here)!, "../../..", file));
        if (Environment.GetEnvironmentVariable("CRATER_WRITE_DOCS") == "1")
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllText(path, text);
        }

        Assert.Equal(text, File.ReadAllText(path));
    }
}
