using Crater.Kubernetes.Client;
using Crater.Kubernetes.Operator;
using Xunit;

namespace Crater.Tests.Kubernetes.Operator;

/// <summary>A run of an operator that lives, whose fault cannot be taken off: the object is let go within its bound all the same, and says what is left.</summary>
public sealed class QuarantineTests
{
    /// <summary>What docs/operator.md promises.</summary>
    private static readonly TimeSpan Bound = TimeSpan.FromMinutes(5);

    [Fact]
    public async Task A_live_run_that_cannot_take_its_fault_off_is_quarantined_with_the_residue_named_and_its_deletion_is_not_held_up()
    {
        // Five of its seconds are one of ours: a bound of minutes is waited for in seconds.
        var clock = new HastyClock(5);
        await using var desk = await OperatorDesk.OpenAsync();
        await desk.MapAsync("carts");
        await desk.OperateAsync(clock: clock, times: new ElectionTimes());
        await desk.ExperimentAsync("carts", "carts", "20m");
        await desk.UntilAsync(() => desk.Mode("carts") == "wild", () => "the fault is in place");
        var run = "";
        await desk.UntilAsync(() => (run = desk.Find(CraterKinds.Experiments, "carts").Text("status", "run")).Length > 0, () => "its run is told");
        // Somebody else has changed what the fault had changed: putting the old value back would undo their work.
        await desk.Client.PatchAsync(Resource.ConfigMaps, "shop", "carts", PatchForm.Merge, LabApi.Parse("""{"data":{"mode":"theirs"}}"""), null, LabApi.Stop);
        await desk.Client.PatchAsync(CraterKinds.Experiments, "shop", "carts", PatchForm.Merge, LabApi.Parse("""{"spec":{"abort":true}}"""), null, LabApi.Stop);
        var told = clock.GetTimestamp();

        var left = await desk.PhaseAsync("carts", "Quarantined");
        await desk.UntilAsync(() => desk.Find(CraterKinds.Experiments, "carts").Texts("metadata", "finalizers").Count == 0, () => "nothing holds the object");
        Assert.InRange(clock.GetElapsedTime(told), TimeSpan.Zero, Bound);
        var residue = Assert.Single(left.Objects("status", "residue"));
        Assert.Equal("configmap/shop/carts", residue.Text("target"));
        Assert.Equal("configmap-tamper", residue.Text("fault"));
        Assert.Contains(run, residue.ToJsonString(), StringComparison.Ordinal);
        Assert.Equal("theirs", desk.Mode("carts"));
        await desk.Client.DeleteAsync(CraterKinds.Experiments, "shop", "carts", new DeleteRequest(), LabApi.Stop);
        Assert.Null(desk.Find(CraterKinds.Experiments, "carts"));
    }
}
