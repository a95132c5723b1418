using Crater.Kubernetes.Client;
using Crater.Kubernetes.Keeping;
using Xunit;

namespace Crater.Tests.Kubernetes.Engines;

public sealed class LitmusKeepingTests : LitmusBench
{
    [Fact]
    public async Task What_a_dead_process_handed_to_Litmus_is_ended_by_whoever_comes_by()
    {
        Litmus.IsAllowedToFinish = false;
        var injection = Ask("pod-kill");
        var preparation = await InjectAsync(injection);
        using var keeper = new ApiStateKeeper(Lab.Client, ["shop"], TimeProvider.System);
        Assert.Equal([("pod/shop/carts-1-1", "pod-kill", "chaos-1a2b3c4d")], (await keeper.ListAsync(Stop)).Select(held => (held.Target.Value, held.Fault, held.Run)));
        Assert.Empty(await keeper.RecoverExpiredAsync(Stop));
        await Driver.RenewAsync(injection, preparation, TimeSpan.FromSeconds(-60), Stop);
        Assert.Equal("", Assert.Single(await keeper.RecoverExpiredAsync(Stop)).Problem);
        Assert.Empty(Engines());
        Assert.Empty(ChaosPods());
        Assert.Empty(await keeper.ListAsync(Stop));
    }

    [Fact]
    public async Task What_Litmus_ended_without_taking_it_off_stays_listed_as_residue_until_its_pod_is_gone()
    {
        Litmus.Defects = LitmusDefects.HelperEvicted;
        var injection = Ask("network-loss", arguments: [("loss", "1"), ("direction", "out")]);
        var preparation = await InjectAsync(injection);
        await Driver.RenewAsync(injection, preparation, TimeSpan.FromSeconds(-60), Stop);
        using var keeper = new ApiStateKeeper(Lab.Client, ["shop"], TimeProvider.System);

        for (var sweep = 0; sweep < 2; sweep++)
        {
            Assert.Contains("Delete the pod shop/carts-1-1", Assert.Single(await keeper.RecoverExpiredAsync(Stop)).Problem, StringComparison.Ordinal);
        }

        await Lab.Client.DeleteAsync(Resource.Pods, "shop", "carts-1-1", new DeleteRequest { GraceSeconds = 0 }, Stop);
        Assert.Equal("", Assert.Single(await keeper.RecoverExpiredAsync(Stop)).Problem);
        Assert.Empty(Engines());
    }

    [Fact]
    public async Task The_record_of_a_fault_that_is_over_is_tidied_away_after_an_hour()
    {
        var injection = Ask("pod-kill") with { Duration = TimeSpan.FromSeconds(1) };
        await RecoverAsync(injection, await InjectAsync(injection));
        const string Kind = "chaosresults.litmuschaos.io";
        Assert.Single(Lab.Store.Scan(Kind).Items);
        using var keeper = new ApiStateKeeper(Lab.Client, ["shop"], TimeProvider.System);
        await keeper.TidyAsync(Stop);
        var record = Assert.Single(Lab.Store.Scan(Kind).Items);
        Lab.Store.Modify(Kind, "shop", record.Name(), found => found["metadata"]!["annotations"]!["crater.dev/ended-at"] = "2020-01-01T00:00:00Z");
        await keeper.TidyAsync(Stop);
        Assert.Empty(Lab.Store.Scan(Kind).Items);
    }
}
