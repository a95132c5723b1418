using Crater.Diagnostics;
using Crater.Drivers;
using Crater.Kubernetes.Client;
using Crater.Kubernetes.Keeping;
using Xunit;

namespace Crater.Tests.Kubernetes.Engines;

/// <summary>What Chaos Mesh documents and does, and a client that believes its conditions falls for.</summary>
public sealed class ChaosMeshTrapsTests : MeshBench
{
    private const string Loss = """{"loss":1,"direction":"out"}""";

    [Fact]
    public async Task Renewing_changes_metadata_alone_and_loses_nothing_that_the_controller_writes()
    {
        var injection = Ask("network-loss", Loss);
        var preparation = await InjectAsync(injection);
        var before = Object("NetworkChaos")!;
        await Driver.RenewAsync(injection, preparation, TimeSpan.FromSeconds(-300), Stop);
        var after = Object("NetworkChaos")!;
        Assert.NotEqual(before.Annotation("crater.dev/deadline"), after.Annotation("crater.dev/deadline"));
        Assert.Equal((before["spec"]!.ToJsonString(), "Injected"), (after["spec"]!.ToJsonString(), after.Objects("status", "experiment", "containerRecords").Single().Text("phase")));
        Assert.Empty(Mesh.Refusals);
        await RecoverAsync(injection, preparation);
    }

    [Fact]
    public async Task Slow_injection_does_not_eat_the_time_of_the_fault()
    {
        var injection = Ask("network-loss", Loss) with { Duration = TimeSpan.FromSeconds(1) };
        Mesh.Defects = MeshDefects.InjectWaits;
        var preparation = await Driver.PrepareAsync(injection, Stop);
        var injecting = Driver.InjectAsync(injection, preparation, Lease, Stop);
        var began = TimeProvider.System.GetTimestamp();
        await Until.HoldsAsync(() => Task.FromResult(TimeProvider.System.GetElapsedTime(began) > TimeSpan.FromSeconds(2)), () => "longer than the fault itself");
        Mesh.Defects = MeshDefects.None;
        await injecting;
        Assert.Equal(Presence.Present, (await Driver.InspectAsync(injection, preparation, Stop)).Presence);
        await RecoverAsync(injection, preparation);
    }

    [Fact]
    public async Task AllRecovered_before_anything_was_injected_is_no_recovery()
    {
        Mesh.Defects = MeshDefects.InjectWaits;
        var injection = Ask("network-loss", Loss);
        var preparation = await Driver.PrepareAsync(injection, Stop);
        var injecting = Driver.InjectAsync(injection, preparation, Lease, Stop);
        await Until.HoldsAsync(() => Task.FromResult(Object("NetworkChaos").Condition("AllRecovered")), () => "the condition holds early");
        Assert.NotEqual(Presence.Absent, (await Driver.InspectAsync(injection, preparation, Stop)).Presence);
        Mesh.Defects = MeshDefects.None;
        await injecting;
        await RecoverAsync(injection, preparation);
    }

    [Fact]
    public async Task An_end_in_the_middle_of_injecting_waits_until_what_was_injected_is_off()
    {
        Mesh.Defects = MeshDefects.InjectWaits;
        var injection = Ask("network-loss", Loss);
        var preparation = await Driver.PrepareAsync(injection, Stop);
        using var abort = CancellationTokenSource.CreateLinkedTokenSource(Stop);
        var injecting = Driver.InjectAsync(injection, preparation, Lease, abort.Token);
        await Until.HoldsAsync(() => Task.FromResult(Object("NetworkChaos").Objects("status", "experiment", "containerRecords").Any(record => record.Text("phase") == "Not Injected/Wait")), () => "a record waits");
        await abort.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => injecting);
        var ending = await RecoverAsync(injection, preparation, found => found.Evidence.Contains("CRT8310", StringComparison.Ordinal));
        Assert.Equal(Presence.Present, ending.Presence);
        Mesh.Defects = MeshDefects.None;
        await RecoverAsync(injection, preparation);
        Assert.Equal(1, Mesh.Hits["carts-1-1"]);
    }

    [Fact]
    public async Task What_happens_once_is_over_when_its_object_is_gone_though_its_record_stays_injected()
    {
        var injection = Ask("pod-kill") with { Duration = TimeSpan.FromSeconds(1) };
        var preparation = await InjectAsync(injection);
        var found = await Driver.InspectAsync(injection, preparation, Stop);
        Assert.Equal((Presence.Present, true), (found.Presence, found.HasLeftItsMark));
        Assert.Equal("", (await RecoverAsync(injection, preparation)).Unseen);
        Assert.Equal(1, Mesh.Hits["carts-1-1"]);
    }

    [Fact]
    public async Task A_finalizer_that_stays_is_quarantined_by_name_and_never_forced()
    {
        var injection = Ask("network-loss", Loss);
        var preparation = await InjectAsync(injection);
        Mesh.Defects = MeshDefects.RecoverFails;
        var held = await RecoverAsync(injection, preparation, found => found.Evidence.Contains("chaos-mesh/records", StringComparison.Ordinal));
        Assert.Equal((Presence.Present, true), (held.Presence, held.Evidence.Contains("shop/carts-1-1 is Injected", StringComparison.Ordinal)));
        Assert.Equal("", Object("NetworkChaos").Annotation("chaos-mesh.chaos-mesh.org/cleanFinalizer"));
        Mesh.Defects = MeshDefects.None;
        Assert.Contains("is the word of Chaos Mesh", (await RecoverAsync(injection, preparation)).Unseen, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_finalizer_that_somebody_forces_off_leaves_residue()
    {
        var injection = Ask("cpu-burn", """{"cores":1}""");
        var preparation = await InjectAsync(injection);
        Mesh.Defects = MeshDefects.RecoverFails;
        await RecoverAsync(injection, preparation, found => found.Evidence.Contains("CRT8310", StringComparison.Ordinal));
        Mesh.Defects = MeshDefects.NoController;
        await Lab.Client.PatchAsync(ScriptedChaosMesh.Of("StressChaos"), "shop", "crater-1a2b3c4d-1", PatchForm.Merge,
            LabApi.Parse("""{"metadata":{"annotations":{"chaos-mesh.chaos-mesh.org/cleanFinalizer":"forced"}}}"""), null, Stop);
        await Driver.InspectAsync(injection, preparation, Stop);
        Mesh.Defects = MeshDefects.None;
        var lost = await RecoverAsync(injection, preparation, found => found.Evidence.Contains("CRT8311", StringComparison.Ordinal));
        Assert.Equal(Presence.Unknown, lost.Presence);
    }

    [Fact]
    public async Task Rules_that_are_still_on_the_pod_after_the_object_is_gone_are_residue()
    {
        var injection = Ask("network-loss", Loss);
        var preparation = await InjectAsync(injection);
        Mesh.Defects = MeshDefects.LeavesRules;
        Assert.Equal(Presence.Unknown, (await RecoverAsync(injection, preparation, found => found.Evidence.Contains("CRT8312", StringComparison.Ordinal))).Presence);
    }

    [Fact]
    public async Task A_pause_image_that_stays_is_seen_by_our_own_look()
    {
        var injection = Ask("pod-failure");
        var preparation = await InjectAsync(injection);
        Mesh.Defects = MeshDefects.LeavesPauseImage;
        var left = await RecoverAsync(injection, preparation, found => found.Presence == Presence.Absent);
        Assert.NotEqual(preparation.Before, left.Now);
        await Mesh.ImageAsync("shop", "carts-1-1", "crater/shop:carts");
        await RecoverAsync(injection, preparation);
    }

    [Theory]
    [InlineData(MeshDefects.NoController, "CRT8301")]
    [InlineData(MeshDefects.SelectsNone, "CRT8302")]
    [InlineData(MeshDefects.InjectFails, "CRT8303")]
    [InlineData(MeshDefects.InjectWaits, "CRT8304")]
    internal async Task A_fault_that_does_not_come_is_given_up_by_its_own_name(MeshDefects defect, string code)
    {
        Mesh.Defects = defect;
        using var driver = NewDriver(Quick with { Controller = TimeSpan.FromSeconds(3), Inject = TimeSpan.FromSeconds(4) });
        var injection = Ask("network-loss", Loss);
        var preparation = await driver.PrepareAsync(injection, Stop);
        Assert.Equal(code, (await Assert.ThrowsAsync<CraterException>(() => driver.InjectAsync(injection, preparation, Lease, Stop))).Code);
        Mesh.Defects &= ~(MeshDefects.NoController | MeshDefects.InjectWaits);
        await RecoverAsync(injection, preparation, found => found.Presence == Presence.Absent);
        Assert.Null(Object("NetworkChaos"));
    }

    [Fact]
    public async Task What_a_dead_process_handed_to_Chaos_Mesh_is_ended_by_whoever_comes_by()
    {
        var injection = Ask("network-loss", Loss);
        var preparation = await InjectAsync(injection);
        using var keeper = new ApiStateKeeper(Lab.Client, ["shop"], TimeProvider.System);
        Assert.Empty(await keeper.RecoverExpiredAsync(Stop));
        await Driver.RenewAsync(injection, preparation, TimeSpan.FromSeconds(-60), Stop);
        Assert.Equal("", Assert.Single(await keeper.RecoverExpiredAsync(Stop)).Problem);
        Assert.Null(Object("NetworkChaos"));
    }

    [Fact]
    public async Task An_object_that_somebody_deletes_or_pauses_ends_the_run()
    {
        var injection = Ask("network-loss", Loss);
        var preparation = await InjectAsync(injection);
        await Lab.Client.PatchAsync(ScriptedChaosMesh.Of("NetworkChaos"), "shop", "crater-1a2b3c4d-1", PatchForm.Merge,
            LabApi.Parse("""{"metadata":{"annotations":{"experiment.chaos-mesh.org/pause":"true"}}}"""), null, Stop);
        Assert.Equal("CRT8206", (await Assert.ThrowsAsync<CraterException>(() => Driver.RenewAsync(injection, preparation, Lease, Stop))).Code);
        await Lab.Client.DeleteAsync(ScriptedChaosMesh.Of("NetworkChaos"), "shop", "crater-1a2b3c4d-1", new DeleteRequest(), Stop);
        Assert.Equal("CRT8206", (await Assert.ThrowsAsync<CraterException>(() => Driver.RenewAsync(injection, preparation, Lease, Stop))).Code);
        await RecoverAsync(injection, preparation);
    }
}
