using System.Text.Json.Nodes;
using Crater.Diagnostics;
using Crater.Drivers;
using Crater.Kubernetes.Client;
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
        var answers = await Task.WhenAll(Enumerable.Range(1, 8).Select(i => new KubernetesClaims(_lab.Client, ["shop"]).ClaimAsync(Claim(new RunId($"chaos-0000000{i}")), Lease, Stop)));
        Assert.Single(answers, holder => holder is null);
    }

    [Fact]
    public async Task What_many_runs_of_one_process_claim_at_once_is_a_few_writes()
    {
        var before = await VersionAsync();
        await Task.WhenAll(Enumerable.Range(1, 200).Select(i => _claims.ClaimAsync(new Claim(new TargetId($"pod/shop/pod{i}"), "", Ours), Lease, Stop)));
        Assert.Equal(200, (await _claims.ListAsync(Stop)).Count);
        Assert.InRange(await VersionAsync() - before, 1, 50);
    }

    [Fact]
    public async Task A_list_that_takes_no_more_refuses_a_claim_and_still_takes_others_back()
    {
        var component = new string('c', 2_000);
        var answers = await Task.WhenAll(Enumerable.Range(1, 130).Select(async i =>
        {
            var error = await Record.ExceptionAsync(() => _claims.ClaimAsync(new Claim(new TargetId($"pod/shop/pod{i}"), component, Ours), Lease, Stop));
            return (error as CraterException)?.Code;
        }));
        Assert.Equal(["CRT3115"], answers.OfType<string>().Distinct());
        await _claims.ReleaseAsync(new Claim(new TargetId("pod/shop/pod1"), component, Ours), Stop);
        Assert.Null(await _claims.ClaimAsync(new Claim(new TargetId("pod/shop/pod130"), component, Ours), Lease, Stop));
    }

    [Fact]
    public async Task A_claim_that_cannot_be_read_stops_whoever_wants_the_target()
    {
        await _claims.ClaimAsync(new Claim(new TargetId("pod/shop/other"), "", Ours), Lease, Stop);
        Write("by hand");
        Assert.Equal("CRT3114", (await Assert.ThrowsAsync<CraterException>(() => _claims.ClaimAsync(Claim(Ours), Lease, Stop))).Code);
    }

    [Fact]
    public async Task What_a_process_vouches_for_is_not_written_again_for_every_renewal()
    {
        Hold("process-1", TimeProvider.System.GetUtcNow());
        var claims = new KubernetesClaims(_lab.Client, ["shop"], voucher: Vouching);
        await claims.ClaimAsync(Claim(Ours), Lease, Stop);
        var before = await VersionAsync();
        Assert.Null(await claims.ClaimAsync(Claim(Ours), Lease, Stop));
        Assert.Equal(before, await VersionAsync());
        Assert.Equal(Ours, await _claims.ClaimAsync(Claim(Theirs), Lease, Stop));
    }

    [Fact]
    public async Task Of_what_a_process_vouches_for_one_look_renews_the_claims_of_all_its_runs()
    {
        Hold("process-1", TimeProvider.System.GetUtcNow());
        var claims = new KubernetesClaims(_lab.Client, ["shop"], voucher: Vouching);
        await claims.ClaimAsync(Claim(Ours), Lease, Stop);
        // Who asked the server again would have to make it anew.
        await _lab.Client.DeleteAsync(Resource.Leases, "shop", ClaimDesk.Name, new DeleteRequest(), Stop);
        Assert.Null(await claims.ClaimAsync(Claim(Ours), Lease, Stop));
        Assert.Null(await _lab.Client.FindAsync(Resource.Leases, "shop", ClaimDesk.Name, Stop));
    }

    [Fact]
    public async Task A_renewal_of_what_is_vouched_for_waits_for_the_server_only_when_the_last_look_is_older_than_a_lease()
    {
        Hold("process-1", TimeProvider.System.GetUtcNow());
        var connection = await _lab.OpenAsync("as: system:admin\n    as-groups: [system:masters]");
        var claims = new KubernetesClaims(connection.Client, ["shop"], voucher: Vouching);
        await claims.ClaimAsync(Claim(Ours), Lease, Stop);
        connection.Dispose();
        // Until the last look is no longer fresh; that is judged by the machine's clock alone.
        await Task.Delay(TimeSpan.FromSeconds(4.7), TimeProvider.System, Stop);
        Assert.Null(await claims.ClaimAsync(Claim(Ours), Lease, Stop));
        Assert.NotNull(await Record.ExceptionAsync(() => claims.ClaimAsync(Claim(Ours), TimeSpan.FromSeconds(4), Stop)));
    }

    [Fact]
    public async Task A_look_confirms_nothing_that_was_given_back_since()
    {
        Hold("process-1", TimeProvider.System.GetUtcNow());
        var claims = new KubernetesClaims(_lab.Client, ["shop"], voucher: Vouching);
        await claims.ClaimAsync(Claim(Ours), Lease, Stop);
        await claims.ReleaseAsync(Claim(Ours), Stop);
        Assert.Null(await _claims.ClaimAsync(Claim(Theirs), Lease, Stop));
        Assert.Equal(Theirs, await claims.ClaimAsync(Claim(Ours), Lease, Stop));
    }

    [Theory]
    [InlineData("process-2", 0)]
    [InlineData("process-1", 60)]
    public async Task What_a_process_claimed_that_is_gone_is_free(string incarnation, int secondsAgo)
    {
        await new KubernetesClaims(_lab.Client, ["shop"], voucher: Vouching).ClaimAsync(Claim(Ours), Lease, Stop);
        Hold(incarnation, TimeProvider.System.GetUtcNow().AddSeconds(-secondsAgo));
        Assert.Empty(await _claims.ListAsync(Stop));
        Assert.Null(await _claims.ClaimAsync(Claim(Theirs), Lease, Stop));
        Assert.Equal([Claim(Theirs)], await _claims.ListAsync(Stop));
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
        Write(new ClaimEntry(Claim(Ours), DateTimeOffset.UnixEpoch, "").Text);
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

    private static readonly Voucher Vouching = new("shop", "operator", "process-1");

    private void Hold(string incarnation, DateTimeOffset renewed)
    {
        var lease = Leases.Of("operator", "shop", "crater.dev/operator", Leases.Spec("operator-1", TimeSpan.FromSeconds(15), renewed));
        lease["metadata"]!["annotations"] = new JsonObject { [Voucher.IncarnationKey] = incarnation };
        _lab.Store.Create("leases.coordination.k8s.io", lease);
    }

    private void Write(string entry) => _lab.Store.Modify("leases.coordination.k8s.io", "shop", ClaimDesk.Name, lease => lease["metadata"]!["annotations"]![ClaimEntry.KeyOf(Pod)] = entry);

    private async Task<long> VersionAsync() => long.Parse((await _lab.Client.ListAsync(Resource.Namespaces, null, ListQuery.All, Stop)).Version, System.Globalization.CultureInfo.InvariantCulture);

    private static Claim Claim(RunId run) => new(Pod, "deployment/shop/carts", run);
}
