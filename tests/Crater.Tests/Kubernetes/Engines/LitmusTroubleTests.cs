using System.Text.Json.Nodes;
using Crater.Diagnostics;
using Crater.Drivers;
using Crater.Kubernetes.Client;
using Crater.Kubernetes.Drivers.Engines;
using Crater.Kubernetes.Drivers.Litmus;
using Crater.Targets;
using Xunit;

namespace Crater.Tests.Kubernetes.Engines;

public sealed class LitmusTroubleTests : LitmusBench
{
    private static readonly EnginePatience None = Quick with { Controller = TimeSpan.FromMilliseconds(500), Start = TimeSpan.FromSeconds(1), Inject = TimeSpan.FromSeconds(2) };

    [Theory]
    [InlineData(LitmusDefects.NoOperator, "CRT8210")]
    [InlineData(LitmusDefects.NoExperiment, "CRT8211")]
    [InlineData(LitmusDefects.NoRunner, "CRT8212")]
    [InlineData(LitmusDefects.NoImage, "CRT8213")]
    [InlineData(LitmusDefects.NoJob, "CRT8214")]
    [InlineData(LitmusDefects.FailsBefore, "CRT8215")]
    [InlineData(LitmusDefects.AwaitedForEver, "CRT8216")]
    internal async Task A_stuck_engine_is_given_up_by_its_own_name_and_leaves_nothing(LitmusDefects defect, string code)
    {
        Litmus.Defects = defect;
        // Where a later step never comes, only the last of them is short: a slow machine must not be taken for an earlier one.
        using var driver = NewDriver(defect switch
        {
            LitmusDefects.AwaitedForEver => Quick with { Inject = TimeSpan.FromSeconds(2) },
            LitmusDefects.NoJob => Quick with { Start = TimeSpan.FromSeconds(5) },
            LitmusDefects.NoRunner or LitmusDefects.NoImage => Quick with { Controller = TimeSpan.FromSeconds(5) },
            _ => defect == LitmusDefects.NoOperator ? None : Quick,
        });
        var injection = Ask("network-loss", arguments: [("loss", "1"), ("direction", "out")]);
        var preparation = await driver.PrepareAsync(injection, Stop);
        var error = await Assert.ThrowsAsync<CraterException>(() => driver.InjectAsync(injection, preparation, Lease, Stop));
        Assert.Equal((code, true), (error.Code, error.Message.Contains("shop", StringComparison.Ordinal) || code == "CRT8215"));
        await RecoverAsync(driver, injection, preparation, found => found.Presence == Presence.Absent);
        Assert.Empty(Engines());
        Assert.Empty(ChaosPods());
    }

    [Fact]
    public async Task A_helper_that_was_evicted_leaves_residue_and_the_pods_end_is_its_end()
    {
        Litmus.Defects = LitmusDefects.HelperEvicted;
        var injection = Ask("network-loss", arguments: [("loss", "1"), ("direction", "out")]);
        var preparation = await InjectAsync(injection);
        var lost = await RecoverAsync(Driver, injection, preparation, found => found.Presence == Presence.Unknown && found.Evidence.Contains("CRT8221", StringComparison.Ordinal));
        Assert.Contains("Delete the pod shop/carts-1-1", lost.Evidence, StringComparison.Ordinal);
        await Lab.Client.DeleteAsync(Resource.Pods, "shop", "carts-1-1", new DeleteRequest { GraceSeconds = 0 }, Stop);
        await Lab.PodAsync("carts", "carts-1-3");
        Assert.Equal("", (await RecoverAsync(injection, preparation)).Unseen);
    }

    [Fact]
    public async Task A_taint_that_Litmus_leaves_on_a_node_is_seen_by_our_own_look()
    {
        Litmus.Defects = LitmusDefects.LeavesNode;
        var injection = Ask("node-taint", TargetKind.Node, "node1", ("add", "chaos=yes:NoSchedule"));
        var preparation = await InjectAsync(injection);
        var lost = await RecoverAsync(Driver, injection, preparation, found => found.Evidence.Contains("CRT8221", StringComparison.Ordinal));
        Assert.NotEqual(Presence.Absent, lost.Presence);
        await Lab.Client.PatchAsync(Resource.Nodes, null, "node1", PatchForm.Merge, LabApi.Parse("""{"spec":{"taints":null}}"""), null, Stop);
        await RecoverAsync(injection, preparation);
    }

    [Fact]
    public async Task Pods_that_do_not_go_are_named_and_keep_the_fault_present()
    {
        var injection = Ask("network-loss", arguments: [("loss", "1"), ("direction", "out")]);
        var preparation = await InjectAsync(injection);
        Litmus.Defects = LitmusDefects.PodsHang;
        var hanging = await RecoverAsync(Driver, injection, preparation, found => found.Evidence.Contains("CRT8220", StringComparison.Ordinal));
        Assert.Equal((Presence.Present, true), (hanging.Presence, hanging.Evidence.Contains("-helper-", StringComparison.Ordinal)));
        Litmus.Defects = LitmusDefects.None;
        await RecoverAsync(injection, preparation);
    }

    [Fact]
    public async Task An_engine_whose_finalizer_nobody_takes_off_is_named()
    {
        var injection = Ask("pod-kill") with { Duration = TimeSpan.FromSeconds(1) };
        var preparation = await InjectAsync(injection);
        await Until.HoldsAsync(() => Task.FromResult(Engine().Text("status", "engineStatus") == "completed"), () => "Litmus completes it");
        Litmus.Defects = LitmusDefects.NoOperator;
        await RecoverAsync(Driver, injection, preparation, found => found.Presence == Presence.Present && found.Evidence.Contains("CRT8222", StringComparison.Ordinal));
        Litmus.Defects = LitmusDefects.None;
        await RecoverAsync(injection, preparation);
    }

    [Fact]
    public async Task An_engine_that_somebody_deletes_ends_the_run_and_comes_off()
    {
        var injection = Ask("network-loss", arguments: [("loss", "1"), ("direction", "out")]);
        var preparation = await InjectAsync(injection);
        await Lab.Client.DeleteAsync(LitmusEngine.Engines, "shop", "crater-1a2b3c4d-1", new DeleteRequest(), Stop);
        Assert.Equal("CRT8206", (await Assert.ThrowsAsync<CraterException>(() => Driver.RenewAsync(injection, preparation, Lease, Stop))).Code);
        await RecoverAsync(injection, preparation);
    }

    [Fact]
    public async Task An_engine_that_somebody_stops_ends_the_run()
    {
        var injection = Ask("network-loss", arguments: [("loss", "1"), ("direction", "out")]);
        var preparation = await InjectAsync(injection);
        await Lab.Client.PatchAsync(LitmusEngine.Engines, "shop", "crater-1a2b3c4d-1", PatchForm.Merge, LabApi.Parse("""{"spec":{"engineState":"stop"}}"""), null, Stop);
        Assert.Equal("CRT8206", (await Assert.ThrowsAsync<CraterException>(() => Driver.RenewAsync(injection, preparation, Lease, Stop))).Code);
        await RecoverAsync(injection, preparation);
    }

    [Fact]
    public async Task A_missing_experiment_or_account_is_found_before_anything_is_touched()
    {
        await Lab.Client.DeleteAsync(LitmusEngine.Experiments, "shop", "pod-delete", new DeleteRequest(), Stop);
        Assert.Equal("CRT8211", (await Assert.ThrowsAsync<CraterException>(() => Driver.PrepareAsync(Ask("pod-kill"), Stop))).Code);
        using var driver = new LitmusDriver(Lab.Client, new EngineOptions { ServiceAccount = "nobody" }, TimeProvider.System);
        Assert.Equal("CRT8212", (await Assert.ThrowsAsync<CraterException>(() => driver.PrepareAsync(Ask("container-kill", arguments: [("signal", "SIGKILL")]), Stop))).Code);
        Assert.Empty(Engines());
    }

    [Fact]
    public async Task An_object_of_the_same_name_is_never_taken_over()
    {
        await Lab.Client.CreateAsync(LitmusEngine.Engines, "shop", LabApi.Parse(
            """{"apiVersion":"litmuschaos.io/v1alpha1","kind":"ChaosEngine","metadata":{"name":"crater-1a2b3c4d-1","namespace":"shop"},"spec":{"engineState":"stop"}}"""), Stop);
        Assert.Equal("CRT8207", (await Assert.ThrowsAsync<CraterException>(() => Driver.PrepareAsync(Ask("pod-kill"), Stop))).Code);
    }

    [Fact]
    public void Names_that_engines_build_on_stay_far_below_their_limits()
    {
        var injection = new Injection
        {
            Run = new RunId("chaos-ffffffff"),
            Sequence = int.MaxValue,
            Activity = "",
            Driver = "litmus",
            Duration = TimeSpan.Zero,
            Fault = new Crater.Faults.Fault { Name = "pod-kill", AskedAs = "pod-kill", Arguments = new Dictionary<string, string>() },
            Target = new Target { Kind = TargetKind.Pod, Namespace = new string('n', 63), Name = new string('p', 253) },
        };
        var name = EngineObject.NameOf(injection);
        Assert.All(LitmusFaults.All, fault => Assert.True(LitmusEngine.ResultOf(LitmusEngine.RunnerOf(name), fault.Experiment).Length <= 63));
        var made = LitmusEngine.Of(injection, LitmusFaults.Find("pod-kill")!, new EngineOptions(), DateTimeOffset.UnixEpoch);
        Assert.All(made.Labels().Values, value => Assert.True(value.Length <= 63));
        Assert.Equal(injection.Target.Name, made.Objects("spec", "experiments").Single().Objects("spec", "components", "env").Single(one => one.Text("name") == "TARGET_PODS").Text("value"));
    }
}

public sealed class LitmusVersionTests
{
    [Theory]
    [InlineData("v1alpha1", false, "has no CRD")]
    [InlineData("v1beta9", true, "v1beta9")]
    public async Task Definitions_that_are_absent_or_of_another_version_are_an_error_of_their_own(string version, bool isInstalled, string said)
    {
        await using var lab = await LabApi.StartAsync();
        await lab.NodeAsync("node1", "zone-a");
        await lab.DeployAsync("carts", replicas: 1);
        if (isInstalled)
        {
            await EngineDefinitions.InstallAsync(lab.Client, EngineDefinitions.Litmus(version), LabApi.Stop);
        }

        using var driver = new LitmusDriver(lab.Client, new EngineOptions(), TimeProvider.System);
        var error = await Assert.ThrowsAsync<CraterException>(() => driver.PrepareAsync(lab.Injection("pod-kill", TargetKind.Pod, "carts-1-1"), LabApi.Stop));
        Assert.Equal("CRT8204", error.Code);
        Assert.Contains(said, error.Message, StringComparison.Ordinal);
    }
}
