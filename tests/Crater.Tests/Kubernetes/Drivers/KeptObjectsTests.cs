using System.Text.Json.Nodes;
using Crater.Diagnostics;
using Crater.Drivers;
using Crater.Kubernetes.Client;
using Crater.Kubernetes.Drivers;
using Crater.Kubernetes.Keeping;
using Crater.Targets;
using Xunit;

namespace Crater.Tests.Kubernetes.Drivers;

/// <summary>Faults whose undo data lies beside the target: deleted workloads, crowded namespaces.</summary>
public sealed class KeptObjectsTests : IAsyncLifetime
{
    private static readonly TimeSpan Lease = TimeSpan.FromSeconds(10);
    private LabApi _lab = null!;
    private KubernetesDriver _driver = null!;

    private static CancellationToken Stop => LabApi.Stop;

    public async ValueTask InitializeAsync()
    {
        _lab = await LabApi.StartAsync();
        _driver = new KubernetesDriver(_lab.Client, TimeProvider.System);
        await _lab.DeployAsync("carts", replicas: 1, env: """[{"name":"PASSWORD","value":"hush-hush"}]""");
    }

    public ValueTask DisposeAsync() => _lab.DisposeAsync();

    [Fact]
    public async Task A_deleted_deployment_is_made_again_with_what_it_was()
    {
        var before = Manifest.Hash(_lab.Deployment("carts"));
        var (injection, preparation) = await InjectAsync("deployment-delete", TargetKind.Deployment, "carts");
        Assert.Null(_lab.Store.Get("deployments.apps", "shop", "carts"));
        Assert.Equal(Presence.Present, (await _driver.InspectAsync(injection, preparation, Stop)).Presence);

        await _driver.RecoverAsync(injection, preparation, Stop);
        Assert.Equal(before, Manifest.Hash(_lab.Deployment("carts")));
        Assert.NotEqual(injection.Target.Uid, _lab.Deployment("carts").Uid());
        var after = await _driver.InspectAsync(injection, preparation, Stop);
        Assert.Equal((Presence.Absent, true), (after.Presence, after.HasLeftItsMark));
        Assert.Empty(_lab.Store.List("secrets", "shop").Items);
    }

    [Fact]
    public async Task What_it_was_stands_in_the_data_of_a_secret_alone()
    {
        await InjectAsync("deployment-delete", TargetKind.Deployment, "carts");
        var secret = Assert.Single(_lab.Store.List("secrets", "shop").Items);
        Assert.DoesNotContain("hush-hush", secret["metadata"]!.ToJsonString(), StringComparison.Ordinal);
        Assert.Contains("hush-hush", System.Text.Encoding.UTF8.GetString(Convert.FromBase64String(secret.Text("data", "undo"))), StringComparison.Ordinal);
    }

    [Fact]
    public async Task One_that_somebody_else_made_meanwhile_is_residue_and_not_overwritten()
    {
        var (injection, preparation) = await InjectAsync("deployment-delete", TargetKind.Deployment, "carts");
        await _lab.DeployAsync("carts2", replicas: 0);
        var other = Manifest.Of(_lab.Deployment("carts2"));
        other["metadata"]!["name"] = "carts";
        await _lab.Client.CreateAsync(Resource.Deployments, "shop", other, Stop);
        Assert.Equal("CRT8081", (await Assert.ThrowsAsync<CraterException>(() => _driver.RecoverAsync(injection, preparation, Stop))).Code);
        Assert.Equal(0, _lab.Deployment("carts").Integer("spec", "replicas"));
        Assert.Single(_lab.Store.List("secrets", "shop").Items);
    }

    [Fact]
    public async Task A_deletion_that_arrives_after_recovery_misses()
    {
        var injection = _lab.Injection("deployment-delete", TargetKind.Deployment, "carts");
        var preparation = await _driver.PrepareAsync(injection, Stop);
        await _driver.RecoverAsync(injection, preparation, Stop);
        Assert.Equal("CRT3104", (await Assert.ThrowsAsync<CraterException>(() => _driver.InjectAsync(injection, preparation, Lease, Stop))).Code);
        Assert.Equal(injection.Target.Uid, _lab.Deployment("carts").Uid());
    }

    [Fact]
    public async Task A_workload_that_another_object_manages_is_not_deleted()
    {
        _lab.Store.Modify("deployments.apps", "shop", "carts", found => found["metadata"]!["ownerReferences"] = new JsonArray(
            LabApi.Parse("""{"apiVersion":"shop/v1","kind":"Shop","name":"main","uid":"1","controller":true}""")));
        Assert.Equal("CRT8086", (await Assert.ThrowsAsync<CraterException>(
            () => _driver.PrepareAsync(_lab.Injection("deployment-delete", TargetKind.Deployment, "carts"), Stop))).Code);
    }

    [Theory]
    [InlineData("cluster-pending-pods", "pods")]
    [InlineData("cluster-completed-jobs", "jobs.batch")]
    public async Task A_crowd_is_made_and_taken_away(string fault, string kind)
    {
        var before = _lab.Store.List(kind, "shop").Items.Count;
        var (injection, preparation) = await InjectAsync(fault, TargetKind.Namespace, "shop", ("count", "5"), ("name", "crowd"), ("image", "none"));
        Assert.Equal(before + 5, _lab.Store.List(kind, "shop").Items.Count);
        Assert.Equal("made=5", (await _driver.InspectAsync(injection, preparation, Stop)).Now!.Text);

        await _driver.RecoverAsync(injection, preparation, Stop);
        var after = await _driver.InspectAsync(injection, preparation, Stop);
        Assert.Equal((Presence.Absent, preparation.Before), (after.Presence, after.Now));
        Assert.Empty(_lab.Store.List("secrets", "shop").Items);
    }

    [Fact]
    public async Task Whoever_comes_by_finishes_both_without_a_journal()
    {
        await InjectAsync("deployment-delete", TargetKind.Deployment, "carts", lease: TimeSpan.FromSeconds(-60));
        await InjectAsync("cluster-pending-pods", TargetKind.Namespace, "shop", TimeSpan.FromSeconds(-60), ("count", "3"), ("name", "crowd"), ("image", "none"));
        var keeper = new ApiStateKeeper(_lab.Client, [], TimeProvider.System);
        Assert.Equal(["deployment/shop/carts", "namespace/shop"], (await keeper.RecoverExpiredAsync(Stop)).Select(change => change.Target.Value).Order(StringComparer.Ordinal));
        Assert.NotNull(_lab.Deployment("carts"));
        Assert.DoesNotContain(_lab.Store.List("pods", "shop").Items, pod => pod.Name().StartsWith("crowd", StringComparison.Ordinal));
        Assert.Empty(await keeper.ListAsync(Stop));
    }

    private Task<(Injection Injection, Preparation Preparation)> InjectAsync(string fault, TargetKind kind, string name, params (string Name, string Value)[] arguments) =>
        InjectAsync(fault, kind, name, Lease, arguments);

    private async Task<(Injection Injection, Preparation Preparation)> InjectAsync(string fault, TargetKind kind, string name, TimeSpan lease, params (string Name, string Value)[] arguments)
    {
        var injection = _lab.Injection(fault, kind, name, kind == TargetKind.Namespace ? 2 : 1, arguments);
        var preparation = await _driver.PrepareAsync(injection, Stop);
        await _driver.InjectAsync(injection, preparation, lease, Stop);
        return (injection, preparation);
    }
}
