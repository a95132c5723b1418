using Crater.Discovery;
using Crater.Drivers;
using Crater.Targets;
using Xunit;

namespace Crater.Tests.Agents;

/// <summary>A cluster and hosts as one place: each question goes to whom it belongs.</summary>
public sealed class JoinedWorldTests
{
    private readonly Half _cluster = new("cluster", new Component { Kind = TargetKind.Deployment, Namespace = "shop", Name = "carts", Replicas = 1, Ready = 1 });
    private readonly Half _hosts = new("2 hosts", new Component { Kind = TargetKind.Process, Namespace = "db1", Name = "redis-server", Replicas = 1, Ready = 1 });

    private World Joined => JoinedWorld.Of(_cluster.World, _hosts.World);

    [Fact]
    public async Task What_is_seen_of_both_is_put_together_and_what_was_not_seen_as_well()
    {
        _hosts.Topology = _hosts.Topology with { Unknown = [new Blindness("hosts", "db2", "no answer")], Warnings = ["the same"] };
        _cluster.Topology = _cluster.Topology with { Warnings = ["the same"] };

        var seen = await Joined.Topology.DiscoverAsync(TestContext.Current.CancellationToken);

        Assert.Equal(("cluster and 2 hosts", "cluster and 2 hosts"), (Joined.Topology.Name, seen.Source));
        Assert.Equal(["deployment/shop/carts", "process/db1/redis-server"], seen.Components.Select(component => component.Id));
        Assert.Equal(["db2"], seen.Unknown.Select(blind => blind.Namespace));
        Assert.Equal(["the same"], seen.Warnings);
    }

    [Theory]
    [InlineData(null, "cluster")]
    [InlineData("", "2 hosts")]
    [InlineData("role=db", "2 hosts")]
    public async Task A_selector_goes_to_the_hosts_when_it_names_hosts(string? hosts, string asked)
    {
        await Joined.Targets.FindAsync(new TargetSelector { Hosts = hosts }, TestContext.Current.CancellationToken);
        Assert.Equal((asked == "cluster" ? 1 : 0, asked == "cluster" ? 0 : 1), (_cluster.Searches, _hosts.Searches));
    }

    [Theory]
    [InlineData("pod/shop/carts-1", "cluster")]
    [InlineData("node/node1", "cluster")]
    [InlineData("host/db1", "2 hosts")]
    [InlineData("process/db1/redis-server:7", "2 hosts")]
    [InlineData("container/db1/redis-server:4f0c1d", "2 hosts")]
    public async Task A_claim_is_kept_by_whom_its_target_belongs_to_and_given_back_there(string target, string keeper)
    {
        var claim = new Claim(new TargetId(target), target, new RunId("chaos-0000abcd"));
        var claims = Joined.Claims;
        var abort = TestContext.Current.CancellationToken;

        Assert.Null(await claims.ClaimAsync(claim, TimeSpan.FromSeconds(15), abort));
        Assert.Equal([claim], keeper == "cluster" ? _cluster.Held : _hosts.Held);
        Assert.Equal([claim], await claims.ListAsync(abort));
        await claims.ReleaseAsync(claim, abort);
        Assert.Empty(await claims.ListAsync(abort));
    }

    [Fact]
    public async Task Who_cannot_be_asked_about_claims_keeps_the_whole_from_being_known()
    {
        _hosts.IsSilent = true;
        await Assert.ThrowsAsync<IOException>(() => Joined.Claims.ListAsync(TestContext.Current.CancellationToken));
        await Assert.ThrowsAsync<IOException>(() => Joined.Topology.DiscoverAsync(TestContext.Current.CancellationToken));
    }

    private sealed class Half(string name, Component component) : ITopologySource, ITargets, IClaims
    {
        public Topology Topology { get; set; } = new() { Source = name, Components = [component] };

        public List<Claim> Held { get; } = [];

        public int Searches { get; private set; }

        public bool IsSilent { get; set; }

        public string Name => name;

        public World World => new(this, this, this, [], []);

        public Task<Topology> DiscoverAsync(CancellationToken abort) => IsSilent ? throw new IOException("no answer") : Task.FromResult(Topology);

        public Task<TargetSearch> FindAsync(TargetSelector selector, CancellationToken abort)
        {
            Searches++;
            return Task.FromResult(new TargetSearch([], new Dictionary<string, int>(), []));
        }

        public Task<IReadOnlyList<Claim>> ListAsync(CancellationToken abort) => IsSilent ? throw new IOException("no answer") : Task.FromResult<IReadOnlyList<Claim>>([.. Held]);

        public Task<RunId?> ClaimAsync(Claim claim, TimeSpan lease, CancellationToken abort)
        {
            Held.Add(claim);
            return Task.FromResult<RunId?>(null);
        }

        public Task ReleaseAsync(Claim claim, CancellationToken budget)
        {
            Held.Remove(claim);
            return Task.CompletedTask;
        }
    }
}
