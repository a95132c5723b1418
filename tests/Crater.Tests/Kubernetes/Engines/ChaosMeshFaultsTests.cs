using System.Text.Json.Nodes;
using Crater.Drivers;
using Crater.Faults;
using Crater.Kubernetes.Client;
using Crater.Kubernetes.Drivers.ChaosMesh;
using Xunit;

namespace Crater.Tests.Kubernetes.Engines;

public sealed class ChaosMeshFaultsTests : MeshBench
{
    /// <summary>What each fault is asked with, and what Chaos Mesh is told besides whom it hits and for how long.</summary>
    public static TheoryData<string, string, string> Told => new()
    {
        { "pod-kill", """{"grace-period":"2s"}""", """{"action":"pod-kill","gracePeriod":2}""" },
        { "pod-failure", "{}", """{"action":"pod-failure"}""" },
        { "container-kill", """{"container":"side"}""", """{"action":"container-kill","containerNames":["side"]}""" },
        { "network-delay", """{"delay":"1.5s","jitter":"20ms","direction":"out"}""", """{"action":"delay","direction":"to","delay":{"latency":"1500ms","jitter":"20ms"}}""" },
        { "network-loss", """{"loss":"12.5%","direction":"out"}""", """{"action":"loss","direction":"to","loss":{"loss":"12.5"}}""" },
        { "network-corrupt", """{"share":0.07}""", """{"action":"corrupt","direction":"to","corrupt":{"corrupt":"7"}}""" },
        { "network-duplicate", """{"share":1}""", """{"action":"duplicate","direction":"to","duplicate":{"duplicate":"100"}}""" },
        { "network-bandwidth", """{"rate":"1mbit","direction":"out"}""", """{"action":"bandwidth","direction":"to","bandwidth":{"rate":"1000000bit","limit":20971520,"buffer":10000}}""" },
        { "network-partition", """{"direction":"out","peers":"app=db"}""", """{"action":"partition","direction":"to","target":{"mode":"all","selector":{"labelSelectors":{"app":"db"},"namespaces":["shop"]}}}""" },
        { "cpu-burn", """{"cores":2,"percent":70}""", """{"stressors":{"cpu":{"workers":2,"load":70}},"containerNames":["main"]}""" },
        { "memory-fill", """{"bytes":"200Mi"}""", """{"stressors":{"memory":{"size":"209715200B","workers":1,"oomScoreAdj":0}},"containerNames":["main"]}""" },
        { "io-delay", """{"delay":"1s","volume":"/data","methods":"read,write","share":0.5}""", """{"action":"latency","delay":"1000ms","methods":["read","write"],"percent":50,"volumePath":"/data","containerNames":["main"]}""" },
        { "io-fail", """{"volume":"/data","error":"ENOSPC","container":"side"}""", """{"action":"fault","errno":28,"percent":100,"volumePath":"/data","containerNames":["side"]}""" },
        { "time-skew", """{"offset":"10m","way":"back"}""", """{"timeOffset":"-600000ms","containerNames":["main"]}""" },
        { "dns-fail", """{"names":"db.*, a?.com"}""", """{"action":"error","patterns":["db.*","a?.com"]}""" },
        { "dns-random", """{"names":"db"}""", """{"action":"random","patterns":["db"]}""" },
        { "http-delay", """{"delay":"1s","path":"/pay","method":"post"}""", """{"target":"Request","delay":"1000ms","method":"POST","path":"/pay","port":8080}""" },
        { "http-abort", """{"port":9090}""", """{"target":"Request","abort":true,"port":9090}""" },
        { "http-abort", "{}", """{"target":"Request","abort":true,"port":8080}""" },
        { "http-status", """{"status":503}""", """{"target":"Response","replace":{"code":503},"port":8080}""" },
    };

    [Fact]
    public void The_seven_kinds_are_mapped_and_the_definitions_name_the_driver()
    {
        Assert.Equal(["DNSChaos", "HTTPChaos", "IOChaos", "NetworkChaos", "PodChaos", "StressChaos", "TimeChaos"], MeshFaults.Kinds.Select(kind => kind.Kind).Order(StringComparer.Ordinal));
        Assert.Equal(MeshFaults.All.Select(fault => fault.Fault).Order(), FaultCatalogue.All.Where(fault => fault.Drivers.Contains("chaos-mesh")).Select(fault => fault.Name).Order());
    }

    [Fact]
    public void Every_parameter_of_a_fault_is_in_its_line_of_the_table() => Assert.All(MeshFaults.All, fault => Assert.All(
        FaultCatalogue.Find(fault.Fault, fault.Kind)!.Parameters, parameter => Assert.Contains(fault.Tunables, tunable => tunable.Parameter == parameter.Name)));

    [Theory]
    [MemberData(nameof(Told))]
    public async Task A_fault_is_told_with_units_is_in_place_and_comes_off(string fault, string arguments, string told)
    {
        Lab.Store.Modify("pods", "shop", "carts-1-1", pod => pod["spec"]!["containers"]![0]!["ports"] = JsonNode.Parse("""[{"containerPort":8080,"protocol":"TCP"}]"""));
        var injection = Ask(fault, arguments);
        var preparation = await InjectAsync(injection);
        Assert.Equal(Presence.Present, (await Driver.InspectAsync(injection, preparation, Stop)).Presence);
        var spec = Object(MeshFaults.Find(fault)!.Object)!["spec"]!.AsObject();
        Assert.Equal("""{"namespaces":["shop"],"pods":{"shop":["carts-1-1"]}}""", spec["selector"]!.ToJsonString());
        foreach (var key in (string[])["mode", "selector", "duration"])
        {
            spec.Remove(key);
        }

        Assert.True(JsonNode.DeepEquals(JsonNode.Parse(told), spec), spec.ToJsonString());
        await RecoverAsync(injection, preparation);
        Assert.Null(Object(MeshFaults.Find(fault)!.Object));
        Assert.Equal(1, Mesh.Hits["carts-1-1"]);
        Assert.Empty(Mesh.Refusals);
    }

    [Theory]
    [InlineData("network-delay", """{"delay":"1s"}""", "direction=both")]
    [InlineData("network-loss", """{"loss":1,"direction":"out","peers":"app in (a, b)"}""", "peers=app in")]
    [InlineData("cpu-burn", """{"cores":0.5}""", "cores=0.5")]
    [InlineData("memory-fill", """{"percent":50}""", "percent=50")]
    [InlineData("http-abort", """{"share":0.5}""", "share=0.5")]
    [InlineData("container-kill", """{"signal":"SIGTERM"}""", "signal=SIGTERM")]
    public void What_Chaos_Mesh_cannot_say_is_refused_by_name(string fault, string arguments, string named) =>
        Assert.Contains(named, Assert.Single(Driver.Check(Ask(fault, arguments).Fault)).Message, StringComparison.Ordinal);

    [Fact]
    public async Task A_pod_without_a_port_is_refused_before_anything_is_touched()
    {
        var error = await Assert.ThrowsAsync<Crater.Diagnostics.CraterException>(() => Driver.PrepareAsync(Ask("http-abort"), Stop));
        Assert.Equal("CRT8305", error.Code);
    }
}
