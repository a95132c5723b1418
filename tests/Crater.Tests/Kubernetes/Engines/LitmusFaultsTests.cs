using System.Text.Json.Nodes;
using Crater.Diagnostics;
using Crater.Drivers;
using Crater.Faults;
using Crater.Kubernetes.Client;
using Crater.Kubernetes.Drivers.Litmus;
using Crater.Targets;
using Xunit;

namespace Crater.Tests.Kubernetes.Engines;

public sealed class LitmusFaultsTests : LitmusBench
{
    /// <summary>What each fault is asked with, and what Litmus is told besides duration and target.</summary>
    public static TheoryData<string, string, string> Told => new()
    {
        { "pod-kill", "{}", "CHAOS_INTERVAL=2" },
        { "pod-kill", """{"grace-period":"0s"}""", "CHAOS_INTERVAL=2 FORCE=true" },
        { "container-kill", """{"container":"side","signal":"SIGTERM"}""", "CHAOS_INTERVAL=2 TARGET_CONTAINER=side SIGNAL=SIGTERM" },
        { "cpu-burn", """{"cores":2,"percent":70}""", "CPU_CORES=2 CPU_LOAD=70" },
        { "memory-fill", """{"bytes":"200Mi"}""", "NUMBER_OF_WORKERS=1 MEMORY_CONSUMPTION=200" },
        { "network-delay", """{"delay":"1.5s","jitter":"20ms","direction":"out"}""", "NETWORK_LATENCY=1500 JITTER=20" },
        { "network-loss", """{"loss":"12.5%","direction":"out"}""", "NETWORK_PACKET_LOSS_PERCENTAGE=12.5" },
        { "network-corrupt", """{"share":0.07}""", "NETWORK_PACKET_CORRUPTION_PERCENTAGE=7" },
        { "network-duplicate", """{"share":1}""", "NETWORK_PACKET_DUPLICATION_PERCENTAGE=100" },
        { "disk-fill", """{"percent":80}""", "FILL_PERCENTAGE=80" },
        { "disk-fill", """{"bytes":"100Mi"}""", "EPHEMERAL_STORAGE_MEBIBYTES=100 FILL_PERCENTAGE=0" },
        { "node-drain", "{}", "" },
        { "node-cpu-burn", """{"cores":0}""", "NODE_CPU_CORE=0 CPU_LOAD=80" },
        { "node-memory-fill", """{"percent":30}""", "MEMORY_CONSUMPTION_PERCENTAGE=30" },
        { "node-taint", """{"add":"chaos=yes:NoSchedule"}""", "TAINTS=chaos=yes:NoSchedule" },
    };

    /// <summary>What Litmus cannot say.</summary>
    public static TheoryData<string, string, string> Untold => new()
    {
        { "pod-kill", """{"grace-period":"5s"}""", "grace-period=5s" },
        { "cpu-burn", """{"cores":0.5}""", "cores=0.5" },
        { "memory-fill", """{"percent":50}""", "percent=50" },
        { "network-delay", """{"delay":"1s"}""", "direction=both" },
        { "network-delay", """{"delay":"1s","direction":"out","peers":"app=db"}""", "peers=app=db" },
        { "network-loss", """{"loss":1,"direction":"in"}""", "direction=in" },
        { "node-drain", """{"grace-period":"1s"}""", "grace-period=1s" },
        { "node-drain", """{"timeout":"10s"}""", "timeout=10s" },
        { "node-taint", """{"add":"a=b:NoSchedule,c=d:NoSchedule"}""", "add=a=b" },
        { "node-taint", """{"delete":"a=b:NoSchedule"}""", "delete=a=b" },
    };

    [Fact]
    public void Every_fault_of_the_issue_is_mapped_and_its_definition_names_the_driver()
    {
        Assert.Equal(
            ["pod-delete", "container-kill", "pod-cpu-hog", "pod-memory-hog", "pod-network-latency", "pod-network-loss", "pod-network-corruption", "pod-network-duplication", "disk-fill",
                "node-drain", "node-cpu-hog", "node-memory-hog", "node-taint"],
            LitmusFaults.All.Select(fault => fault.Experiment));
        Assert.All(LitmusFaults.All, fault => Assert.Contains("litmus", FaultCatalogue.Find(fault.Fault, fault.Kind)!.Drivers));
        Assert.Equal(LitmusFaults.All.Select(fault => fault.Fault).Order(), FaultCatalogue.All.Where(fault => fault.Drivers.Contains("litmus")).Select(fault => fault.Name).Order());
    }

    [Fact]
    public void Every_parameter_of_a_fault_is_in_its_line_of_the_table() => Assert.All(LitmusFaults.All, fault => Assert.All(
        FaultCatalogue.Find(fault.Fault, fault.Kind)!.Parameters, parameter => Assert.Contains(fault.Tunables, tunable => tunable.Parameter == parameter.Name)));

    [Theory]
    [MemberData(nameof(Told))]
    public async Task A_fault_is_told_with_units_is_in_place_and_comes_off(string fault, string arguments, string told)
    {
        var injection = Ask(fault, arguments);
        var preparation = await InjectAsync(injection);
        Assert.Equal(Presence.Present, (await Driver.InspectAsync(injection, preparation, Stop)).Presence);
        var space = injection.Target.Kind == TargetKind.Node ? "litmus" : "shop";
        var env = Engine(space: space).Objects("spec", "experiments").Single().Objects("spec", "components", "env").Select(one => $"{one.Text("name")}={one.Text("value")}").ToArray();
        Assert.Equal("TOTAL_CHAOS_DURATION=2", env[0]);
        Assert.Equal($"{LitmusFaults.Find(fault)!.TargetKey}={injection.Target.Name}", env[1]);
        Assert.Equal(told, string.Join(' ', env[2..]));
        await RecoverAsync(injection, preparation);
        Assert.Empty(Engines());
        Assert.Empty(ChaosPods());
    }

    [Theory]
    [MemberData(nameof(Untold))]
    public async Task What_Litmus_cannot_say_is_refused_by_name_before_anything_is_touched(string fault, string arguments, string named)
    {
        var injection = Ask(fault, arguments);
        Assert.Contains(named, Assert.Single(Driver.Check(injection.Fault)).Message, StringComparison.Ordinal);
        var error = await Assert.ThrowsAsync<CraterException>(() => Driver.PrepareAsync(injection, Stop));
        Assert.Equal("CRT8203", error.Code);
        Assert.Contains(named, error.Message, StringComparison.Ordinal);
        Assert.Empty(Engines());
    }

    [Fact]
    public async Task An_attested_fault_says_where_nobody_looked_until_its_pod_is_gone()
    {
        var injection = Ask("network-loss", """{"loss":1,"direction":"out"}""");
        var preparation = await InjectAsync(injection);
        Assert.Contains("queueing discipline", (await RecoverAsync(injection, preparation)).Unseen, StringComparison.Ordinal);
        await Lab.Client.DeleteAsync(Resource.Pods, "shop", "carts-1-1", new DeleteRequest { GraceSeconds = 0 }, Stop);
        await Lab.PodAsync("carts", "carts-1-3");
        var found = await Driver.InspectAsync(injection, preparation, Stop);
        Assert.Equal((Presence.Absent, ""), (found.Presence, found.Unseen));
    }

    [Fact]
    public async Task A_dry_run_is_checked_by_the_server_and_makes_nothing()
    {
        var made = await Driver.TryAsync(Ask("network-loss", """{"loss":1,"direction":"out"}"""), Stop);
        Assert.Equal(("ChaosEngine", "active", "shop"), (made.Text("kind"), made.Text("spec", "engineState"), made.Text("spec", "appinfo", "appns")));
        Assert.Empty(Engines());
    }

    [Fact]
    public async Task What_is_exported_carries_no_mark_of_ours()
    {
        var made = await Driver.ExportAsync(Ask("network-loss", """{"loss":1,"direction":"out"}"""), Stop);
        Assert.Equal(("ChaosEngine", 0, 0), (made.Text("kind"), made.Labels().Count, made.Map("metadata", "annotations").Count));
        Assert.Contains("NETWORK_PACKET_LOSS_PERCENTAGE", made.ToJsonString(), StringComparison.Ordinal);
    }

    private Injection Ask(string fault, string arguments)
    {
        List<Problem> problems = [];
        var line = LitmusFaults.Find(fault)!;
        var described = FaultCatalogue.Describe(fault, JsonNode.Parse(arguments)!.AsObject().ToDictionary(), "", problems, line.Kind);
        Assert.Empty(problems);
        return Ask(fault, line.Kind, line.Kind == TargetKind.Node ? "node1" : "carts-1-1") with { Fault = described!, Duration = TimeSpan.FromSeconds(2) };
    }
}
