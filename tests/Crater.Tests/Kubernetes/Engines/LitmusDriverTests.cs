using Crater.Drivers;
using Crater.Kubernetes.Client;
using Xunit;

namespace Crater.Tests.Kubernetes.Engines;

public sealed class LitmusDriverTests : LitmusBench
{
    [Fact]
    public async Task A_pod_that_Litmus_deletes_is_seen_gone_and_back_and_nothing_of_Litmus_is_left()
    {
        var injection = Ask("pod-kill");
        var preparation = await InjectAsync(injection);
        Assert.Null(Lab.Store.Get("pods", "shop", "carts-1-1"));
        Assert.True((await Driver.InspectAsync(injection, preparation, Stop)).HasLeftItsMark);
        var found = await RecoverAsync(injection, preparation);
        Assert.Equal("", found.Unseen);
        Assert.Empty(Engines());
        Assert.Empty(ChaosPods());
        Assert.Equal(1, Litmus.Hits["carts-1-1"]);
    }

    [Fact]
    public async Task What_an_engine_is_told_carries_run_target_and_deadline_from_its_first_moment()
    {
        Litmus.Defects = LitmusDefects.NoOperator;
        var injection = Ask("pod-kill");
        var preparation = await Driver.PrepareAsync(injection, Stop);
        var injecting = Driver.InjectAsync(injection, preparation, Lease, Stop);
        await Until.HoldsAsync(() => Task.FromResult(Engine() is not null), () => "the engine is made");
        var engine = Engine()!;
        Assert.Equal(("chaos-1a2b3c4d", "chaos-1a2b3c4d.1", "pod/shop/carts-1-1", "true"),
            (engine.Annotation("crater.dev/run"), engine.Annotation("crater.dev/injection"), engine.Annotation("crater.dev/target"), engine.Labels()["crater.dev/held"]));
        Assert.NotEmpty(engine.Annotation("crater.dev/deadline"));
        Litmus.Defects = LitmusDefects.None;
        await injecting;
        await RecoverAsync(injection, preparation);
    }
}
