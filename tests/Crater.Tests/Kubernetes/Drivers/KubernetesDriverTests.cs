using Crater.Diagnostics;
using Crater.Drivers;
using Crater.Kubernetes.Client;
using Crater.Kubernetes.Drivers;
using Crater.Targets;
using Xunit;

namespace Crater.Tests.Kubernetes.Drivers;

public sealed class KubernetesDriverTests : IAsyncLifetime
{
    private static readonly TimeSpan Lease = TimeSpan.FromSeconds(15);
    private LabApi _lab = null!;
    private KubernetesDriver _driver = null!;

    private static CancellationToken Stop => LabApi.Stop;

    public async ValueTask InitializeAsync()
    {
        _lab = await LabApi.StartAsync();
        _driver = new KubernetesDriver(_lab.Client, TimeProvider.System);
        await _lab.DeployAsync("carts", replicas: 1);
    }

    public ValueTask DisposeAsync() => _lab.DisposeAsync();

    [Fact]
    public async Task A_killed_pod_is_over_when_its_owner_has_as_many_ready_pods_again()
    {
        var injection = _lab.Injection("pod-kill", TargetKind.Pod, "carts-1-1", arguments: ("grace-period", "0s"));
        var preparation = await _driver.PrepareAsync(injection, Stop);
        Assert.Equal("owner=deployment/shop/carts ready=1/1", preparation.Before.Text);

        await _driver.InjectAsync(injection, preparation, Lease, Stop);
        Assert.Equal(Presence.Present, (await _driver.InspectAsync(injection, preparation, Stop)).Presence);

        await _lab.PodAsync("carts", "carts-1-2");
        await _driver.RecoverAsync(injection, preparation, Stop);
        var after = await _driver.InspectAsync(injection, preparation, Stop);
        Assert.Equal((Presence.Absent, preparation.Before), (after.Presence, after.Now));
    }

    [Fact]
    public async Task A_naked_pod_is_not_killed()
    {
        await _lab.PodAsync("lonely", "lonely");
        var error = await Assert.ThrowsAsync<CraterException>(() => _driver.PrepareAsync(_lab.Injection("pod-kill", TargetKind.Pod, "lonely"), Stop));
        Assert.Equal("CRT3101", error.Code);
    }

    [Fact]
    public async Task A_kill_that_arrives_after_recovery_misses()
    {
        var injection = _lab.Injection("pod-kill", TargetKind.Pod, "carts-1-1", arguments: ("grace-period", "0s"));
        var preparation = await _driver.PrepareAsync(injection, Stop);
        await _driver.RecoverAsync(injection, preparation, Stop);
        Assert.Equal("CRT3104", (await Assert.ThrowsAsync<CraterException>(() => _driver.InjectAsync(injection, preparation, Lease, Stop))).Code);
        Assert.False(_lab.Store.Get("pods", "shop", "carts-1-1").IsTerminating());
        Assert.Empty(_lab.Store.Get("pods", "shop", "carts-1-1").Map("metadata", "annotations"));
    }

    [Fact]
    public async Task A_scaled_deployment_gets_its_replicas_back()
    {
        var (injection, preparation) = await ScaledAsync(replicas: 0);
        Assert.Equal(0, _lab.Deployment("carts").Integer("spec", "replicas"));
        Assert.Equal(Presence.Present, (await _driver.InspectAsync(injection, preparation, Stop)).Presence);

        await _driver.RecoverAsync(injection, preparation, Stop);
        var after = await _driver.InspectAsync(injection, preparation, Stop);
        Assert.Equal((Presence.Absent, "replicas=1 ready=1/1"), (after.Presence, after.Now!.Text));
        Assert.Empty(_lab.Deployment("carts").Map("metadata", "annotations"));
    }

    [Fact]
    public async Task Undo_data_and_deadline_stand_on_the_object_with_the_change()
    {
        await ScaledAsync(replicas: 3);
        var annotations = _lab.Deployment("carts").Map("metadata", "annotations");
        Assert.Equal(("chaos-1a2b3c4d", "chaos-1a2b3c4d.1", """{"fault":"deployment-scale","fields":[{"at":["spec","replicas"],"before":1,"during":3}]}"""),
            (annotations["crater.dev/run"], annotations["crater.dev/injection"], annotations["crater.dev/undo"]));
        Assert.Matches(@"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$", annotations["crater.dev/deadline"]);
    }

    [Fact]
    public async Task Injecting_and_recovering_twice_is_doing_it_once()
    {
        var (injection, preparation) = await ScaledAsync(replicas: 3);
        await _driver.InjectAsync(injection, preparation, Lease, Stop);
        await _driver.RecoverAsync(injection, preparation, Stop);
        await _driver.RecoverAsync(injection, preparation, Stop);
        Assert.Equal(1, _lab.Deployment("carts").Integer("spec", "replicas"));
    }

    [Fact]
    public async Task A_late_inject_is_refused_and_nothing_is_left_behind()
    {
        var injection = Scale(3);
        var preparation = await _driver.PrepareAsync(injection, Stop);
        await _driver.RecoverAsync(injection, preparation, Stop);
        Assert.Equal("CRT3104", (await Assert.ThrowsAsync<CraterException>(() => _driver.InjectAsync(injection, preparation, Lease, Stop))).Code);
        Assert.Equal(1, _lab.Deployment("carts").Integer("spec", "replicas"));
        Assert.Empty(_lab.Deployment("carts").Map("metadata", "annotations"));
        Assert.Empty(_lab.Deployment("carts").Labels());
    }

    [Fact]
    public async Task A_patch_that_is_still_on_its_way_when_recovery_is_done_is_refused_by_the_server()
    {
        var injection = Scale(3);
        var preparation = await _driver.PrepareAsync(injection, Stop);
        await _driver.RecoverAsync(injection, preparation, Stop);
        var late = LabApi.Parse($$$$"""{"metadata":{"resourceVersion":"{{{{Prepared.Parse(preparation.UndoId).Version}}}}"},"spec":{"replicas":3}}""");
        var error = await Assert.ThrowsAsync<KubernetesException>(() => _lab.Client.PatchAsync(Resource.Deployments, "shop", "carts", PatchForm.Merge, late, null, Stop));
        Assert.True(error.IsConflict);
    }

    [Fact]
    public async Task An_object_that_changed_since_preparation_is_not_touched()
    {
        var injection = Scale(3);
        var preparation = await _driver.PrepareAsync(injection, Stop);
        _lab.Store.Modify("deployments.apps", "shop", "carts", found => found["spec"]!["replicas"] = 2);
        Assert.Equal("CRT3104", (await Assert.ThrowsAsync<CraterException>(() => _driver.InjectAsync(injection, preparation, Lease, Stop))).Code);
    }

    [Fact]
    public async Task A_status_that_moved_since_preparation_is_no_obstacle()
    {
        var injection = Scale(3);
        var preparation = await _driver.PrepareAsync(injection, Stop);
        MoveStatus();
        await _driver.InjectAsync(injection, preparation, Lease, Stop);
        Assert.Equal(3, _lab.Deployment("carts").Integer("spec", "replicas"));
    }

    [Fact]
    public async Task Only_the_process_that_prepared_an_injection_may_follow_a_moved_status()
    {
        var injection = Scale(3);
        var preparation = await _driver.PrepareAsync(injection, Stop);
        MoveStatus();
        var other = new KubernetesDriver(_lab.Client, TimeProvider.System);
        Assert.Equal("CRT3104", (await Assert.ThrowsAsync<CraterException>(() => other.InjectAsync(injection, preparation, Lease, Stop))).Code);
    }

    [Fact]
    public async Task A_second_injection_on_the_same_object_is_refused()
    {
        await ScaledAsync(replicas: 3);
        var second = _lab.Injection("deployment-scale", TargetKind.Deployment, "carts", sequence: 2, ("replicas", "0"));
        Assert.Equal("CRT3107", (await Assert.ThrowsAsync<CraterException>(() => _driver.PrepareAsync(second, Stop))).Code);
    }

    [Fact]
    public async Task A_deployment_that_an_autoscaler_scales_is_refused()
    {
        await _lab.Client.CreateAsync(Resource.Autoscalers, "shop", LabApi.Parse(
            """{"apiVersion":"autoscaling/v2","kind":"HorizontalPodAutoscaler","metadata":{"name":"h","namespace":"shop"},"spec":{"scaleTargetRef":{"apiVersion":"apps/v1","kind":"Deployment","name":"carts"},"minReplicas":1,"maxReplicas":3}}"""), Stop);
        Assert.Equal("CRT3102", (await Assert.ThrowsAsync<CraterException>(() => _driver.PrepareAsync(Scale(3), Stop))).Code);
    }

    [Fact]
    public async Task Undo_data_that_somebody_changed_is_not_followed()
    {
        var (injection, preparation) = await ScaledAsync(replicas: 3);
        _lab.Store.Modify("deployments.apps", "shop", "carts", found => found["metadata"]!["annotations"]!["crater.dev/undo"] = """{"fault":"deployment-scale","fields":[{"at":["spec","replicas"],"before":99,"during":3}]}""");
        Assert.Equal("CRT3110", (await Assert.ThrowsAsync<CraterException>(() => _driver.RecoverAsync(injection, preparation, Stop))).Code);
    }

    [Fact]
    public async Task A_recovered_injection_cannot_be_renewed()
    {
        var (injection, preparation) = await ScaledAsync(replicas: 3);
        await _driver.RecoverAsync(injection, preparation, Stop);
        Assert.Equal("CRT3112", (await Assert.ThrowsAsync<CraterException>(() => _driver.RenewAsync(injection, preparation, Lease, Stop))).Code);
        Assert.Empty(_lab.Deployment("carts").Map("metadata", "annotations"));
    }

    [Fact]
    public async Task Recovery_is_done_when_the_target_is_gone()
    {
        var (injection, preparation) = await ScaledAsync(replicas: 3);
        _lab.Store.Remove("deployments.apps", "shop", "carts");
        await _driver.RecoverAsync(injection, preparation, Stop);
        Assert.Equal(Presence.Absent, (await _driver.InspectAsync(injection, preparation, Stop)).Presence);
    }

    [Fact]
    public async Task A_failed_pod_gets_each_container_its_own_image_back()
    {
        var injection = _lab.Injection("pod-failure", TargetKind.Pod, "carts-1-1");
        var preparation = await _driver.PrepareAsync(injection, Stop);
        Assert.Equal("owner=deployment/shop/carts images=crater/shop:carts,side:1 ready=1/1", preparation.Before.Text);
        await _driver.InjectAsync(injection, preparation, Lease, Stop);
        Assert.All(Images(), image => Assert.Equal(PodFailure.Image, image));

        await _driver.RecoverAsync(injection, preparation, Stop);
        Assert.Equal(["crater/shop:carts", "side:1"], Images());
        Assert.Equal(preparation.Before, (await _driver.InspectAsync(injection, preparation, Stop)).Now);
    }

    [Fact]
    public async Task A_cluster_that_does_not_answer_says_nothing_about_the_fault()
    {
        var (injection, preparation) = await ScaledAsync(replicas: 3);
        using var nobody = new HttpClient { BaseAddress = new Uri("http://127.0.0.1:1/") };
        var blind = new KubernetesDriver(new KubernetesClient(nobody, "gone", TimeProvider.System), TimeProvider.System);
        Assert.Equal(Presence.Unknown, (await blind.InspectAsync(injection, preparation, Stop)).Presence);
    }

    [Fact]
    public async Task A_fault_on_the_wrong_kind_of_target_is_refused()
    {
        var injection = _lab.Injection("pod-kill", TargetKind.Deployment, "carts");
        Assert.Equal("CRT3103", (await Assert.ThrowsAsync<CraterException>(() => _driver.PrepareAsync(injection, Stop))).Code);
    }

    private Injection Scale(int replicas) => _lab.Injection("deployment-scale", TargetKind.Deployment, "carts", arguments: ("replicas", $"{replicas}"));

    private async Task<(Injection Injection, Preparation Preparation)> ScaledAsync(int replicas)
    {
        var injection = Scale(replicas);
        var preparation = await _driver.PrepareAsync(injection, Stop);
        await _driver.InjectAsync(injection, preparation, Lease, Stop);
        return (injection, preparation);
    }

    private void MoveStatus() => _lab.Store.Modify("deployments.apps", "shop", "carts", found => found["status"] = LabApi.Parse("""{"replicas":1}"""));

    private IEnumerable<string> Images() => _lab.Store.Get("pods", "shop", "carts-1-1").Objects("spec", "containers").Select(container => container.Text("image"));
}
