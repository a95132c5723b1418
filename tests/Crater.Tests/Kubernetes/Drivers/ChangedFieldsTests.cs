using System.Text.Json.Nodes;
using Crater.Diagnostics;
using Crater.Drivers;
using Crater.Kubernetes.Client;
using Crater.Kubernetes.Drivers;
using Crater.Targets;
using Xunit;

namespace Crater.Tests.Kubernetes.Drivers;

/// <summary>Every fault that changes fields of an object: what it changes, and that exactly this is put back.</summary>
public sealed class ChangedFieldsTests : IAsyncLifetime
{
    private static readonly TimeSpan Lease = TimeSpan.FromSeconds(10);

    /// <summary>Fault, kind, name, arguments, and what it then says somewhere in the object.</summary>
    public static readonly TheoryData<string, TargetKind, string, string, string> Faults = new()
    {
        { "pod-label", TargetKind.Pod, "carts-1-1", "add=tier=other;delete=app", "\"tier\":\"other\"" },
        { "pod-finalizer", TargetKind.Pod, "carts-1-1", "", "crater.dev/hold" },
        { "container-image", TargetKind.Pod, "carts-1-1", "image=nginx:0;container=side", "nginx:0" },
        { "pod-failure", TargetKind.Pod, "carts-1-1", "", PodFailure.Image },
        { "deployment-label", TargetKind.Deployment, "carts", "add=tier=other", "\"tier\":\"other\"" },
        { "deployment-finalizer", TargetKind.Deployment, "carts", "add=shop/a,shop/b", "\"shop/a\",\"shop/b\"" },
        { "deployment-scale", TargetKind.Deployment, "carts", "mode=relative;replicas=2", "\"replicas\":3" },
        { "deployment-scale", TargetKind.Deployment, "carts", "mode=relativepercent;replicas=-100", "\"replicas\":0" },
        { "image-pull-fail", TargetKind.Deployment, "carts", "", "crater.invalid/image-pull-fail" },
        { "scheduling-block", TargetKind.Deployment, "carts", "", "crater.dev/nowhere" },
        { "node-label", TargetKind.Node, "node1", "add=topology.kubernetes.io/zone=nowhere", "nowhere" },
        { "node-taint", TargetKind.Node, "node1", "add=chaos=yes:NoSchedule", "\"effect\":\"NoSchedule\"" },
        { "node-cordon", TargetKind.Node, "node1", "", "\"unschedulable\":true" },
        { "namespace-label", TargetKind.Namespace, "shop", "add=tier=other", "\"tier\":\"other\"" },
        { "namespace-finalizer", TargetKind.Namespace, "shop", "", "crater.dev/hold" },
        { "service-disconnect", TargetKind.Service, "carts", "", "crater.dev/disconnected" },
        { "configmap-tamper", TargetKind.ConfigMap, "settings", "key=mode;value=broken", "broken" },
        { "secret-tamper", TargetKind.Secret, "password", "key=word;change=delete", "\"data\":{\"other\":\"MQ==\"}" },
        { "secret-tamper", TargetKind.Secret, "lonely", "key=word;change=delete", "\"type\":\"Opaque\"" },
    };

    private LabApi _lab = null!;
    private KubernetesDriver _driver = null!;

    private static CancellationToken Stop => LabApi.Stop;

    public async ValueTask InitializeAsync()
    {
        _lab = await LabApi.StartAsync();
        _driver = new KubernetesDriver(_lab.Client, TimeProvider.System);
        await _lab.NodeAsync("node1", "zone-a");
        await _lab.DeployAsync("carts", replicas: 1);
        await _lab.Client.CreateAsync(Resource.Services, "shop", LabApi.Parse(
            """{"apiVersion":"v1","kind":"Service","metadata":{"name":"carts"},"spec":{"selector":{"app":"carts"},"ports":[{"port":80}]}}"""), Stop);
        await _lab.Client.CreateAsync(Resource.ConfigMaps, "shop", LabApi.Parse(
            """{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"settings"},"data":{"mode":"fast","other":"1"}}"""), Stop);
        await _lab.Client.CreateAsync(Resource.Secrets, "shop", LabApi.Parse(
            """{"apiVersion":"v1","kind":"Secret","metadata":{"name":"password"},"data":{"word":"aHVzaA==","other":"MQ=="}}"""), Stop);
        // Its data go as a whole with their only entry, as on a real server.
        await _lab.Client.CreateAsync(Resource.Secrets, "shop", LabApi.Parse(
            """{"apiVersion":"v1","kind":"Secret","metadata":{"name":"lonely"},"data":{"word":"aHVzaA=="}}"""), Stop);
    }

    public ValueTask DisposeAsync() => _lab.DisposeAsync();

    [Theory]
    [MemberData(nameof(Faults))]
    public async Task A_fault_changes_its_object_and_recovery_puts_it_back(string fault, TargetKind kind, string name, string arguments, string says)
    {
        var injection = Ask(fault, kind, name, arguments);
        var before = Content(injection);
        var preparation = await _driver.PrepareAsync(injection, Stop);
        Assert.Equal(before, Content(injection));
        await _driver.InjectAsync(injection, preparation, Lease, Stop);
        Assert.Contains(says, Seen(injection).ToJsonString(), StringComparison.Ordinal);
        var during = await _driver.InspectAsync(injection, preparation, Stop);
        Assert.Equal(Presence.Present, during.Presence);

        await _driver.RecoverAsync(injection, preparation, Stop);
        Assert.Equal(before, Content(injection));
        var after = await _driver.InspectAsync(injection, preparation, Stop);
        Assert.Equal((Presence.Absent, preparation.Before), (after.Presence, after.Now));
        Assert.Null(_lab.Store.Get("secrets", "shop", KeptData.NameOf(injection.Id)));
    }

    [Theory]
    [MemberData(nameof(Faults))]
    public async Task What_others_change_meanwhile_in_other_fields_stays(string fault, TargetKind kind, string name, string arguments, string says)
    {
        var (injection, preparation) = await InjectedAsync(fault, kind, name, arguments);
        Assert.NotEmpty(says);
        Modify(injection, found =>
        {
            found["metadata"]!["annotations"]!["team"] = "shop";
            (found["metadata"]!["labels"] ??= new JsonObject())["colour"] = "green";
            (found["metadata"]!["finalizers"] as JsonArray)?.Insert(0, "team/first");
            (found["spec"]?["taints"] as JsonArray)?.Insert(0, LabApi.Parse("""{"key":"team","effect":"NoSchedule"}"""));
        });
        await _driver.RecoverAsync(injection, preparation, Stop);
        Assert.Equal(("shop", "green", ""), (Seen(injection).Annotation("team"), Seen(injection).Text("metadata", "labels", "colour"), Seen(injection).Annotation(Mark.InjectionKey)));
        Assert.Equal(Presence.Absent, (await _driver.InspectAsync(injection, preparation, Stop)).Presence);
    }

    [Fact]
    public async Task A_field_that_somebody_else_wrote_meanwhile_is_residue_and_not_overwritten()
    {
        var (injection, preparation) = await InjectedAsync("deployment-scale", TargetKind.Deployment, "carts", "replicas=3");
        Modify(injection, found => found["spec"]!["replicas"] = 7);
        var error = await Assert.ThrowsAsync<CraterException>(() => _driver.RecoverAsync(injection, preparation, Stop));
        Assert.Equal("CRT8081", error.Code);
        Assert.Contains("spec.replicas", error.Message, StringComparison.Ordinal);
        Assert.Equal(7, _lab.Deployment("carts").Integer("spec", "replicas"));
        Assert.Equal(Presence.Present, (await _driver.InspectAsync(injection, preparation, Stop)).Presence);
    }

    [Fact]
    public async Task Of_several_fields_those_that_nobody_else_wrote_are_put_back()
    {
        var (injection, preparation) = await InjectedAsync("deployment-label", TargetKind.Deployment, "carts", "add=a=1,b=1");
        Modify(injection, found => found["metadata"]!["labels"]!["a"] = "2");
        Assert.Equal("CRT8081", (await Assert.ThrowsAsync<CraterException>(() => _driver.RecoverAsync(injection, preparation, Stop))).Code);
        Assert.Equal(("2", ""), (_lab.Deployment("carts").Text("metadata", "labels", "a"), _lab.Deployment("carts").Text("metadata", "labels", "b")));

        // Whoever sees to the field ends it.
        Modify(injection, found => found["metadata"]!["labels"]!.AsObject().Remove("a"));
        await _driver.RecoverAsync(injection, preparation, Stop);
        Assert.Empty(_lab.Deployment("carts").Labels());
    }

    [Fact]
    public async Task A_secrets_contents_stand_in_no_annotation_and_in_no_fingerprint()
    {
        var (injection, preparation) = await InjectedAsync("secret-tamper", TargetKind.Secret, "password", "key=word;value=other");
        Assert.DoesNotContain("aHVzaA==", Seen(injection)["metadata"]!.ToJsonString(), StringComparison.Ordinal);
        Assert.Equal("data[word]=set", preparation.Before.Text.Replace(".word", "[word]", StringComparison.Ordinal));
        Assert.DoesNotContain("hush", preparation.UndoId, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Undo_data_that_was_kept_and_is_gone_is_residue()
    {
        var (injection, preparation) = await InjectedAsync("secret-tamper", TargetKind.Secret, "password", "key=word;value=other");
        _lab.Store.Remove("secrets", "shop", KeptData.NameOf(injection.Id));
        Assert.Equal("CRT8084", (await Assert.ThrowsAsync<CraterException>(() => _driver.RecoverAsync(injection, preparation, Stop))).Code);
    }

    [Theory]
    [InlineData("deployment-scale", TargetKind.Deployment, "carts", "replicas=1", "CRT8082")]
    [InlineData("deployment-scale", TargetKind.Deployment, "carts", "mode=relative;replicas=-2", "CRT8083")]
    [InlineData("deployment-label", TargetKind.Deployment, "carts", "", "CRT8083")]
    [InlineData("deployment-label", TargetKind.Deployment, "carts", "add=crater.dev/held=no", "CRT8083")]
    [InlineData("node-taint", TargetKind.Node, "node1", "add=chaos=yes:Sometimes", "CRT8083")]
    [InlineData("container-image", TargetKind.Pod, "carts-1-1", "image=nginx;container=none", "CRT8085")]
    [InlineData("configmap-tamper", TargetKind.ConfigMap, "settings", "key=nothing", "CRT8085")]
    public async Task What_makes_no_sense_is_refused_before_anything_is_touched(string fault, TargetKind kind, string name, string arguments, string code)
    {
        var injection = Ask(fault, kind, name, arguments);
        var version = Seen(injection).ResourceVersion();
        Assert.Equal(code, (await Assert.ThrowsAsync<CraterException>(() => _driver.PrepareAsync(injection, Stop))).Code);
        Assert.Equal(version, Seen(injection).ResourceVersion());
    }

    [Theory]
    [InlineData("absolute", 5, 3, 5)]
    [InlineData("relative", -2, 3, 1)]
    [InlineData("percent", 50, 3, 4)]
    [InlineData("percent", -50, 3, 2)]
    public void Replicas_are_counted_in_three_ways(string mode, int value, int before, int during) => Assert.Equal(during, WorkloadScale.During(mode, value, before));

    private Injection Ask(string fault, TargetKind kind, string name, string arguments) => _lab.Injection(fault, kind, name, 1,
        [.. arguments.Split(';', StringSplitOptions.RemoveEmptyEntries).Select(argument => argument.Split('=', 2)).Select(parts => (parts[0], parts[1]))]);

    private async Task<(Injection Injection, Preparation Preparation)> InjectedAsync(string fault, TargetKind kind, string name, string arguments)
    {
        var injection = Ask(fault, kind, name, arguments);
        var preparation = await _driver.PrepareAsync(injection, Stop);
        await _driver.InjectAsync(injection, preparation, Lease, Stop);
        return (injection, preparation);
    }

    private JsonObject Seen(Injection injection) =>
        _lab.Store.Get(KubernetesTargets.ResourceOf(injection.Target.Kind).QualifiedName, injection.Target.Namespace, injection.Target.Name)!;

    private void Modify(Injection injection, Action<JsonObject> change) =>
        _lab.Store.Modify(KubernetesTargets.ResourceOf(injection.Target.Kind).QualifiedName, injection.Target.Namespace, injection.Target.Name, change);

    /// <summary>The object without what every update moves and what the server adds, without what is empty, and in the order of the keys.</summary>
    private string Content(Injection injection)
    {
        var content = (JsonObject)Seen(injection).DeepClone();
        foreach (var key in (string[])["resourceVersion", "generation", "managedFields"])
        {
            content["metadata"]!.AsObject().Remove(key);
        }

        (content["metadata"]!["labels"] as JsonObject)?.Remove("kubernetes.io/metadata.name");
        return Ordered(content)?.ToJsonString() ?? "";
    }

    private static JsonNode? Ordered(JsonNode? node) => node switch
    {
        JsonObject map when map.OrderBy(entry => entry.Key, StringComparer.Ordinal).Select(entry => KeyValuePair.Create(entry.Key, Ordered(entry.Value))).Where(entry => entry.Value is not null).ToList()
            is { Count: > 0 } entries => new JsonObject(entries),
        JsonArray { Count: > 0 } list => new JsonArray([.. list.Select(Ordered)]),
        JsonObject or JsonArray => null,
        _ => node?.ToJsonString() == "false" ? null : node?.DeepClone(),
    };
}
