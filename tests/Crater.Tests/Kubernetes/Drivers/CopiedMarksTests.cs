using System.Text.Json.Nodes;
using Crater.Drivers;
using Crater.Kubernetes.Client;
using Crater.Kubernetes.Drivers;
using Crater.Kubernetes.Keeping;
using Crater.Targets;
using Xunit;

namespace Crater.Tests.Kubernetes.Drivers;

/// <summary>What a cluster copies from a deployment to its replica set while a fault is in place.</summary>
public sealed class CopiedMarksTests : IAsyncLifetime
{
    private LabApi _lab = null!;
    private Injection _injection = null!;
    private Preparation _preparation = null!;
    private KubernetesDriver _driver = null!;

    public async ValueTask InitializeAsync()
    {
        _lab = await LabApi.StartAsync();
        await _lab.DeployAsync("carts", 2);
        _driver = new KubernetesDriver(_lab.Client, TimeProvider.System);
        _injection = _lab.Injection("deployment-scale", TargetKind.Deployment, "carts", 1, ("replicas", "0"));
        _preparation = await _driver.PrepareAsync(_injection, LabApi.Stop);
        await _driver.InjectAsync(_injection, _preparation, TimeSpan.FromMinutes(1), LabApi.Stop);
        Copy();
    }

    public ValueTask DisposeAsync() => _lab.DisposeAsync();

    [Fact]
    public async Task Goes_with_the_mark_and_what_others_wrote_there_stays()
    {
        await _driver.RecoverAsync(_injection, _preparation, LabApi.Stop);
        Assert.Equal(["team"], Notes());
    }

    [Fact]
    public async Task Goes_with_the_mark_of_a_dead_process_too()
    {
        await _driver.RenewAsync(_injection, _preparation, TimeSpan.FromSeconds(-5), LabApi.Stop);
        Assert.Single(await new ApiStateKeeper(_lab.Client, ["shop"], TimeProvider.System).RecoverExpiredAsync(LabApi.Stop));
        Assert.Equal(["team"], Notes());
    }

    [Fact]
    public async Task Stays_while_it_is_another_injections()
    {
        _lab.Store.Modify("replicasets.apps", "shop", "carts-1", set => set["metadata"]!["annotations"]![Mark.InjectionKey] = "chaos-ffffffff/1");
        await _driver.RecoverAsync(_injection, _preparation, LabApi.Stop);
        Assert.Contains(Mark.InjectionKey, Notes());
    }

    // As the deployment controller does.
    private void Copy() => _lab.Store.Modify("replicasets.apps", "shop", "carts-1", set =>
    {
        var notes = (JsonObject)_lab.Deployment("carts")["metadata"]!["annotations"]!.DeepClone();
        notes["team"] = "shop";
        set["metadata"]!["annotations"] = notes;
    });

    private IEnumerable<string> Notes() => _lab.Store.Get("replicasets.apps", "shop", "carts-1").At("metadata", "annotations") is JsonObject notes ? notes.Select(note => note.Key) : [];
}
