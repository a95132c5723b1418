using Crater.Drivers;
using Crater.Kubernetes.Drivers;
using Crater.Targets;
using Xunit;

namespace Crater.Tests.Kubernetes.Drivers;

public sealed class KubernetesClaimsTests : IAsyncLifetime
{
    private static readonly TimeSpan Lease = TimeSpan.FromSeconds(15);
    private static readonly TargetId Pod = new("pod/shop/carts-1-1");
    private static readonly RunId Ours = new("chaos-00000001");
    private static readonly RunId Theirs = new("chaos-00000002");
    private LabApi _lab = null!;
    private KubernetesClaims _claims = null!;

    private static CancellationToken Stop => LabApi.Stop;

    public async ValueTask InitializeAsync()
    {
        _lab = await LabApi.StartAsync();
        _claims = new KubernetesClaims(_lab.Client, ["shop"]);
    }

    public ValueTask DisposeAsync() => _lab.DisposeAsync();

    [Fact]
    public async Task A_target_is_held_by_one_run()
    {
        Assert.Null(await _claims.ClaimAsync(Claim(Ours), Lease, Stop));
        Assert.Equal(Ours, await _claims.ClaimAsync(Claim(Theirs), Lease, Stop));
        Assert.Equal([Claim(Ours)], await _claims.ListAsync(Stop));
    }

    [Fact]
    public async Task Of_many_who_claim_at_once_one_gets_it()
    {
        var answers = await Task.WhenAll(Enumerable.Range(1, 8).Select(i => _claims.ClaimAsync(Claim(new RunId($"chaos-0000000{i}")), Lease, Stop)));
        Assert.Single(answers, holder => holder is null);
    }

    [Fact]
    public async Task Claiming_again_renews()
    {
        await _claims.ClaimAsync(Claim(Ours), Lease, Stop);
        Assert.Null(await _claims.ClaimAsync(Claim(Ours), Lease, Stop));
    }

    [Fact]
    public async Task A_claim_that_ran_out_is_free()
    {
        await _claims.ClaimAsync(Claim(Ours), Lease, Stop);
        var (space, name) = KubernetesClaims.Place(Pod);
        _lab.Store.Modify("leases.coordination.k8s.io", space, name, lease => lease["spec"]!["renewTime"] = "2020-01-01T00:00:00.000000Z");
        Assert.Empty(await _claims.ListAsync(Stop));
        Assert.Null(await _claims.ClaimAsync(Claim(Theirs), Lease, Stop));
    }

    [Fact]
    public async Task A_released_target_leaves_nothing_behind()
    {
        await _claims.ClaimAsync(Claim(Ours), Lease, Stop);
        await _claims.ReleaseAsync(Claim(Ours), Stop);
        await _claims.ReleaseAsync(Claim(Ours), Stop);
        Assert.Empty(_lab.Store.List("leases.coordination.k8s.io").Items);
    }

    [Fact]
    public async Task Nobody_releases_what_another_run_holds()
    {
        await _claims.ClaimAsync(Claim(Ours), Lease, Stop);
        await _claims.ReleaseAsync(Claim(Theirs), Stop);
        Assert.Equal([Claim(Ours)], await _claims.ListAsync(Stop));
    }

    [Fact]
    public async Task A_node_is_claimed_in_the_default_namespace()
    {
        await _claims.ClaimAsync(new Claim(new TargetId("node/node1"), "", Ours), Lease, Stop);
        Assert.Equal("node/node1", Assert.Single(await _claims.ListAsync(Stop)).Target.Value);
    }

    private static Claim Claim(RunId run) => new(Pod, "deployment/shop/carts", run);
}
