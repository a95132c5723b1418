using System.Text.Json.Nodes;
using Crater.Diagnostics;
using Crater.Kubernetes.Client;
using Crater.Kubernetes.Drivers.Engines;
using Crater.Targets;
using Xunit;

namespace Crater.Tests.Kubernetes.Engines;

public sealed class EngineNeighboursTests : LitmusBench
{
    private static readonly Target Pod = new() { Kind = TargetKind.Pod, Namespace = "shop", Name = "carts-1" };
    private static readonly Target Node = new() { Kind = TargetKind.Node, Name = "node1" };
    private static readonly JsonObject Seen = LabApi.Parse("""{"metadata":{"labels":{"app":"carts","zone":"a"}}}""");

    [Theory]
    [InlineData("""{"engineState":"active","appinfo":{"appns":"shop","applabel":"app=carts"}}""", true)]
    [InlineData("""{"engineState":"active","appinfo":{"appns":"shop","applabel":"app=orders"}}""", false)]
    [InlineData("""{"engineState":"active","appinfo":{"appns":"pay","applabel":"app=carts"}}""", false)]
    [InlineData("""{"engineState":"stop","appinfo":{"appns":"shop","applabel":"app=carts"}}""", false)]
    [InlineData("""{"engineState":"active","appinfo":{"appns":"shop","applabel":"not a selector"}}""", true)]
    [InlineData("""{"engineState":"active","appinfo":{"appns":"shop","applabel":"app=orders"},"experiments":[{"spec":{"components":{"env":[{"name":"TARGET_PODS","value":"db-1, carts-1"}]}}}]}""", true)]
    [InlineData("""{"engineState":"active","appinfo":{"appns":"shop","applabel":"app=carts"},"experiments":[{"spec":{"components":{"env":[{"name":"TARGET_PODS","value":"db-1"}]}}}]}""", false)]
    [InlineData("""{"engineState":"active","experiments":[{"spec":{"components":{"env":[{"name":"TARGET_NODE","value":"node9"}]}}}]}""", false)]
    [InlineData("""{"engineState":"active","selectors":{"pods":[{"namespace":"shop","names":"db-1,carts-1"}]}}""", true)]
    [InlineData("""{"engineState":"active","selectors":{"pods":[{"namespace":"pay","names":"carts-1"}]}}""", false)]
    [InlineData("""{"engineState":"active","selectors":{"workloads":[{"kind":"deployment","namespace":"shop","names":"carts"}]}}""", true)]
    [InlineData("""{"engineState":"active","selectors":{"workloads":[{"kind":"deployment","namespace":"shop","names":"orders"}]}}""", false)]
    [InlineData("""{"engineState":"active","selectors":{"workloads":[{"kind":"deployment","namespace":"shop","labels":"tier=front"}]}}""", true)]
    public void A_ChaosEngine_is_on_a_pod_by_its_name_or_by_what_it_selects(string spec, bool isOn) =>
        Assert.Equal(isOn, EngineNeighbours.IsEngineOn(LabApi.Parse($$"""{"metadata":{"namespace":"shop"},"spec":{{spec}}}"""), Pod, Seen));

    [Theory]
    [InlineData("TARGET_NODES", "node2,node1", true)]
    [InlineData("TARGET_NODE", "node2", false)]
    [InlineData("NODE_LABEL", "zone=a", true)]
    [InlineData("NODE_LABEL", "zone=b", false)]
    public void A_ChaosEngine_is_on_a_node_by_its_name_or_label(string key, string value, bool isOn) => Assert.Equal(isOn, EngineNeighbours.IsEngineOn(LabApi.Parse(
        $$$"""{"spec":{"engineState":"active","experiments":[{"spec":{"components":{"env":[{"name":"{{{key}}}","value":"{{{value}}}"}] } } }] } }"""), Node, Seen));

    [Theory]
    [InlineData("NetworkChaos", """{"selector":{"pods":{"shop":["carts-1"]}}}""", "{}", true)]
    [InlineData("NetworkChaos", """{"selector":{"pods":{"shop":["carts-2"]}}}""", "{}", false)]
    [InlineData("NetworkChaos", """{"selector":{"labelSelectors":{"app":"carts"}}}""", "{}", true)]
    [InlineData("NetworkChaos", """{"selector":{"namespaces":["pay"],"labelSelectors":{"app":"carts"}}}""", "{}", false)]
    [InlineData("NetworkChaos", """{"selector":{"labelSelectors":{"app":"orders"}}}""", """{"experiment":{"desiredPhase":"Run","containerRecords":[{"id":"shop/carts-1","phase":"Injected"}]}}""", true)]
    [InlineData("NetworkChaos", """{"selector":{"labelSelectors":{"app":"carts"}}}""", """{"experiment":{"desiredPhase":"Run","containerRecords":[{"id":"shop/carts-2","phase":"Injected"}]}}""", false)]
    [InlineData("NetworkChaos", """{"selector":{}}""", """{"experiment":{"desiredPhase":"Stop","containerRecords":[{"id":"shop/carts-1","phase":"Not Injected","injectedCount":1,"recoveredCount":1}]}}""", false)]
    [InlineData("PodChaos", """{"action":"container-kill","selector":{"pods":{"shop":["carts-1"]}}}""", """{"experiment":{"containerRecords":[{"id":"shop/carts-1/main","phase":"Injected"}]}}""", false)]
    public void An_object_of_Chaos_Mesh_is_on_a_pod_by_its_records_or_before_them_by_what_it_selects(string kind, string spec, string status, bool isOn) => Assert.Equal(isOn,
        EngineNeighbours.IsMeshOn(LabApi.Parse($$"""{"kind":"{{kind}}","metadata":{"namespace":"shop"},"spec":{{spec}},"status":{{status}}}"""), Pod, Seen));

    [Theory]
    [InlineData("carts", "shop/carts-1-x", true)]
    [InlineData("carts", "pay/carts-1-x", false)]
    [InlineData("orders", "shop/carts-1-x/main", false)]
    public void A_workload_is_hit_by_what_hits_its_pods(string name, string record, bool isOn) => Assert.Equal(isOn, EngineNeighbours.IsMeshOn(
        LabApi.Parse($$$"""{"kind":"StressChaos","metadata":{"namespace":"shop"},"spec":{},"status":{"experiment":{"desiredPhase":"Run","containerRecords":[{"id":"{{{record}}}","phase":"Injected"}] } } }"""),
        new Target { Kind = TargetKind.Deployment, Namespace = "shop", Name = name }, Seen));

    [Fact]
    public async Task Somebody_elses_engine_on_the_target_is_refused_with_its_name_and_nothing_is_made()
    {
        Litmus.Defects = LitmusDefects.NoOperator;
        await Lab.Client.CreateAsync(ScriptedLitmus.Engines, "shop", LabApi.Parse(
            """{"apiVersion":"litmuschaos.io/v1alpha1","kind":"ChaosEngine","metadata":{"name":"theirs","namespace":"shop"},"spec":{"engineState":"active","appinfo":{"appns":"shop","applabel":"app=carts","appkind":"deployment"},"experiments":[{"name":"pod-cpu-hog"}]}}"""), Stop);
        var error = await Assert.ThrowsAsync<CraterException>(() => Driver.PrepareAsync(Ask("pod-kill"), Stop));
        Assert.Equal(("CRT8209", true), (error.Code, error.Message.Contains("ChaosEngine shop/theirs, which is not Crater's", StringComparison.Ordinal)));
        Assert.Equal("theirs", Assert.Single(Engines()).Name());
    }

    [Fact]
    public async Task A_fault_of_Chaos_Mesh_on_the_target_is_refused_by_the_driver_of_Litmus_too()
    {
        await EngineDefinitions.InstallAsync(Lab.Client, EngineDefinitions.ChaosMesh(), Stop);
        await Lab.Client.CreateAsync(new Resource("chaos-mesh.org", "v1alpha1", "stresschaos", "StressChaos", true), "shop", LabApi.Parse(
            """{"apiVersion":"chaos-mesh.org/v1alpha1","kind":"StressChaos","metadata":{"name":"theirs","namespace":"shop"},"spec":{"mode":"all","selector":{"labelSelectors":{"app":"carts"}}}}"""), Stop);
        Assert.Equal("CRT8209", (await Assert.ThrowsAsync<CraterException>(() => Driver.PrepareAsync(Ask("pod-kill"), Stop))).Code);
    }

    [Fact]
    public async Task Faults_of_the_same_run_on_one_target_are_no_strangers()
    {
        var first = Ask("network-loss", arguments: [("loss", "1"), ("direction", "out")]);
        var before = await InjectAsync(first);
        await Driver.PrepareAsync(Ask("cpu-burn", arguments: [("cores", "1"), ("percent", "50")]) with { Sequence = 2 }, Stop);
        await RecoverAsync(first, before);
    }
}
