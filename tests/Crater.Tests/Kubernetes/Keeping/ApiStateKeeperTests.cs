using System.Text.Json.Nodes;
using Crater.Kubernetes.Client;
using Crater.Kubernetes.Drivers;
using Crater.Kubernetes.Keeping;
using Crater.Targets;
using Crater.Tests.Measurements;
using Xunit;

namespace Crater.Tests.Kubernetes.Keeping;

public sealed class ApiStateKeeperTests : IAsyncLifetime
{
    private LabApi _lab = null!;
    private ApiStateKeeper _keeper = null!;

    private static CancellationToken Stop => LabApi.Stop;

    public async ValueTask InitializeAsync()
    {
        _lab = await LabApi.StartAsync();
        _keeper = new ApiStateKeeper(_lab.Client, ["shop"], TimeProvider.System);
        await _lab.NodeAsync("node1", "zone-a");
        await _lab.DeployAsync("carts", replicas: 1);
    }

    public ValueTask DisposeAsync() => _lab.DisposeAsync();

    [Fact]
    public async Task What_nobody_renews_is_restored_without_a_journal()
    {
        await InjectAsync(lease: TimeSpan.FromSeconds(-60));
        Assert.Equal(3, (await _keeper.RecoverExpiredAsync(Stop)).Count);
        Assert.Equal(1, _lab.Deployment("carts").Integer("spec", "replicas"));
        Assert.Equal("crater/shop:carts", _lab.Store.Get("pods", "shop", "carts-1-1").Objects("spec", "containers").First().Text("image"));
        Assert.False(_lab.Store.Get("nodes", "", "node1").Flag("spec", "unschedulable"));
        Assert.Empty(await _keeper.ListAsync(Stop));
    }

    [Fact]
    public async Task What_is_renewed_is_left_alone()
    {
        await InjectAsync(lease: TimeSpan.FromMinutes(10));
        Assert.Empty(await _keeper.RecoverExpiredAsync(Stop));
        Assert.Equal(3, _lab.Deployment("carts").Integer("spec", "replicas"));
    }

    [Theory]
    [InlineData("process-1", 0, 3)]
    [InlineData("process-1", 60, 1)]
    [InlineData("process-2", 0, 1)]
    public async Task What_a_process_vouches_for_is_restored_when_that_one_process_is_gone(string incarnation, int silentSeconds, int replicas)
    {
        await InjectAsync(TimeSpan.FromSeconds(15), new Voucher("shop", "operator", "process-1"));
        var lease = Leases.Of("operator", "shop", "crater.dev/operator", Leases.Spec("operator-1", TimeSpan.FromSeconds(15), TimeProvider.System.GetUtcNow().AddSeconds(-silentSeconds)));
        lease["metadata"]!["annotations"] = new JsonObject { [Voucher.IncarnationKey] = incarnation };
        _lab.Store.Create("leases.coordination.k8s.io", lease);

        await _keeper.RecoverExpiredAsync(Stop);
        Assert.Equal(replicas, _lab.Deployment("carts").Integer("spec", "replicas"));
    }

    [Fact]
    public async Task What_names_a_voucher_that_is_not_there_is_restored()
    {
        await InjectAsync(TimeSpan.FromSeconds(15), new Voucher("shop", "operator", "process-1"));
        Assert.Equal(3, (await _keeper.RecoverExpiredAsync(Stop)).Count);
        Assert.Empty(await _keeper.ListAsync(Stop));
    }

    [Fact]
    public async Task What_a_process_vouches_for_is_written_to_rarely_and_still_looked_at()
    {
        var clock = new ManualClock(TimeProvider.System.GetUtcNow());
        var driver = new KubernetesDriver(_lab.Client, clock, new Voucher("shop", "operator", "process-1"));
        var injection = _lab.Injection("node-cordon", TargetKind.Node, "node1", 2);
        var prepared = await driver.PrepareAsync(injection, Stop);
        await driver.InjectAsync(injection, prepared, TimeSpan.FromSeconds(15), Stop);
        var before = _lab.Store.Get("nodes", "", "node1").ResourceVersion();
        clock.Advance(TimeSpan.FromSeconds(20));
        await driver.RenewAsync(injection, prepared, TimeSpan.FromSeconds(15), Stop);
        Assert.Equal(before, _lab.Store.Get("nodes", "", "node1").ResourceVersion());

        clock.Advance(TimeSpan.FromSeconds(20));
        await _keeper.RecoverAsync(_ => true, Stop);
        Assert.Equal("CRT3112", (await Assert.ThrowsAsync<Diagnostics.CraterException>(() => driver.RenewAsync(injection, prepared, TimeSpan.FromSeconds(15), Stop))).Code);
    }

    [Fact]
    public async Task What_is_held_is_listed_with_run_fault_and_target()
    {
        await InjectAsync(lease: TimeSpan.FromMinutes(10));
        Assert.Equal(
            [("deployment/shop/carts", "deployment-scale"), ("pod/shop/carts-1-1", "pod-failure"), ("node/node1", "node-cordon")],
            (await _keeper.ListAsync(Stop)).Select(held => (held.Target.Value, held.Fault)));
    }

    [Fact]
    public async Task All_of_one_run_can_be_taken_off_before_its_deadline()
    {
        await InjectAsync(lease: TimeSpan.FromMinutes(10));
        await _keeper.RecoverAsync(held => held.Run == "chaos-1a2b3c4d", Stop);
        Assert.Empty(await _keeper.ListAsync(Stop));
    }

    [Fact]
    public async Task Undo_data_that_cannot_be_read_is_a_problem_and_stops_nothing_else()
    {
        await InjectAsync(lease: TimeSpan.FromSeconds(-60));
        _lab.Store.Modify("deployments.apps", "shop", "carts", found => found["metadata"]!["annotations"]!["crater.dev/undo"] = "garbage");
        var done = await _keeper.RecoverExpiredAsync(Stop);
        Assert.Contains(done, held => held is { Target.Value: "deployment/shop/carts", Problem.Length: > 0 });
        Assert.False(_lab.Store.Get("nodes", "", "node1").Flag("spec", "unschedulable"));
    }

    [Fact]
    public async Task A_keeper_that_runs_is_seen_by_others_until_it_leaves()
    {
        var presence = new KeeperPresence(_lab.Client, ["shop"]);
        Assert.Empty(await presence.FindAsync(Stop));
        using var over = CancellationTokenSource.CreateLinkedTokenSource(Stop);
        var restored = new TaskCompletionSource<HeldChange>();
        await InjectAsync(lease: TimeSpan.FromSeconds(-60));
        var running = _keeper.RunAsync("lab on host1", change => restored.TrySetResult(change), over.Token);
        await restored.Task;
        while ((await presence.FindAsync(Stop)).Count == 0)
        {
            await Task.Yield();
        }

        Assert.Equal(["lab on host1"], await presence.FindAsync(Stop));
        await over.CancelAsync();
        await running;
        Assert.Empty(await presence.FindAsync(Stop));
    }

    [Fact]
    public async Task Claims_that_ran_out_are_deleted_and_others_are_not()
    {
        var claims = new KubernetesClaims(_lab.Client, ["shop"]);
        await claims.ClaimAsync(Claim("pod/shop/dead"), TimeSpan.FromSeconds(1), Stop);
        await claims.ClaimAsync(Claim("pod/shop/alive"), TimeSpan.FromMinutes(10), Stop);
        var dead = new ClaimEntry(Claim("pod/shop/dead"), DateTimeOffset.UnixEpoch, "");
        _lab.Store.Modify("leases.coordination.k8s.io", "shop", ClaimDesk.Name, list => list["metadata"]!["annotations"]![ClaimEntry.KeyOf(dead.Claim.Target)] = dead.Text);
        await _keeper.TidyAsync(Stop);
        var list = _lab.Store.Get("leases.coordination.k8s.io", "shop", ClaimDesk.Name);
        Assert.Equal(["pod/shop/alive"], ClaimEntry.AllOf(list).Values.Select(entry => entry!.Claim.Target.Value));
    }

    [Fact]
    public async Task Undo_data_of_which_nobody_can_tell_what_it_is_of_is_a_problem_and_stops_nothing_else()
    {
        await InjectAsync(lease: TimeSpan.FromSeconds(-60));
        await KeepAsync("chaos-0000aaaa.1", isHeld: true, TimeSpan.FromMinutes(-10), secret => secret["metadata"]!["annotations"]![KeptData.TargetKey] = "garbage");
        await KeepAsync("chaos-0000bbbb.1", isHeld: false, TimeSpan.FromMinutes(-10), secret => secret["metadata"]!["annotations"]![Mark.UndoKey] = "garbage");
        await KeepAsync("chaos-0000cccc.1", isHeld: false, TimeSpan.FromMinutes(-10), _ => { });

        var done = await _keeper.RecoverExpiredAsync(Stop);
        await _keeper.TidyAsync(Stop);

        Assert.Equal((4, 1), (done.Count, done.Count(change => change.Problem.Length > 0)));
        Assert.False(_lab.Store.Get("nodes", "", "node1").Flag("spec", "unschedulable"));
        Assert.Null(_lab.Store.Get("secrets", "shop", KeptData.NameOf("chaos-0000cccc.1")));
    }

    [Fact]
    public async Task A_kind_that_cannot_be_listed_keeps_no_other_change_in_place_and_is_no_proof_that_nothing_is_held()
    {
        await InjectAsync(lease: TimeSpan.FromSeconds(-60));
        await using var front = await FakeFront.StartAsync(
            context => context.Request.Path.Value!.EndsWith("/configmaps", StringComparison.Ordinal) ? FakeFront.StatusAsync(context, 500, "InternalError", "conversion webhook does not answer") : Task.FromResult(false),
            _lab.Connection.HttpClient);
        using var http = new HttpClient { BaseAddress = front.Address };
        using var keeper = new ApiStateKeeper(new KubernetesClient(http, "front", TimeProvider.System), ["shop"], TimeProvider.System);

        Assert.Equal(3, (await keeper.RecoverExpiredAsync(Stop)).Count);

        Assert.Equal(1, _lab.Deployment("carts").Integer("spec", "replicas"));
        Assert.Contains("conversion webhook", Assert.Single(keeper.Unseen).Message, StringComparison.Ordinal);
        Assert.Equal("CRT5208", (await Assert.ThrowsAsync<KubernetesException>(() => keeper.ListAsync(Stop))).Code);
    }

    [Theory]
    [InlineData(-60, true)]
    [InlineData(-600, false)]
    public async Task Undo_data_whose_change_may_still_be_on_its_way_stays(int deadlineSeconds, bool stays)
    {
        await KeepAsync("chaos-0000aaaa.1", isHeld: false, TimeSpan.FromSeconds(deadlineSeconds), _ => { });

        await _keeper.TidyAsync(Stop);

        Assert.Equal(stays, _lab.Store.Get("secrets", "shop", KeptData.NameOf("chaos-0000aaaa.1")) is not null);
    }

    private async Task KeepAsync(string injection, bool isHeld, TimeSpan deadline, Action<JsonObject> change)
    {
        var undo = Undo.Elsewhere("configmap-tamper", KeptData.NameOf(injection), "uid=none version=1");
        var mark = new Mark(injection[..^2], injection, undo, TimeProvider.System.GetUtcNow() + deadline);
        await new KeptData(_lab.Client, "shop").PutAsync(mark, "configmap/shop/settings", new JsonObject { ["fault"] = "configmap-tamper" }, isHeld, Stop);
        _lab.Store.Modify("secrets", "shop", KeptData.NameOf(injection), change);
    }

    private static Crater.Drivers.Claim Claim(string target) => new(new TargetId(target), "", new Crater.Drivers.RunId("chaos-1a2b3c4d"));

    private async Task InjectAsync(TimeSpan lease, Voucher? voucher = null)
    {
        var driver = new KubernetesDriver(_lab.Client, TimeProvider.System, voucher);
        foreach (var injection in (Crater.Drivers.Injection[])
        [
            _lab.Injection("pod-failure", TargetKind.Pod, "carts-1-1", 1),
            _lab.Injection("node-cordon", TargetKind.Node, "node1", 2),
            _lab.Injection("deployment-scale", TargetKind.Deployment, "carts", 3, ("replicas", "3")),
        ])
        {
            await driver.InjectAsync(injection, await driver.PrepareAsync(injection, Stop), lease, Stop);
        }
    }
}
