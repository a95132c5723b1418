using System.Text.Json.Nodes;
using Crater.Diagnostics;
using Crater.Drivers;
using Crater.Kubernetes.Client;
using Crater.Kubernetes.Drivers;
using Crater.Kubernetes.Keeping;
using Crater.Targets;
using Xunit;

namespace Crater.Tests.Kubernetes.Drivers;

/// <summary>Webhooks, policies and people that change what we write, or take our marks away: no change stays that nobody could undo, and none is said to be off that is not.</summary>
public sealed class MeddlingTests : IAsyncLifetime
{
    private static readonly TimeSpan Lease = TimeSpan.FromSeconds(10);
    private LabApi _lab = null!;

    private static CancellationToken Stop => LabApi.Stop;

    public async ValueTask InitializeAsync()
    {
        _lab = await LabApi.StartAsync();
        await _lab.DeployAsync("carts", replicas: 1);
        await _lab.Client.CreateAsync(Resource.ConfigMaps, "shop", LabApi.Parse("""{"metadata":{"name":"settings"},"data":{"mode":"fast","other":"1"}}"""), Stop);
    }

    public ValueTask DisposeAsync() => _lab.DisposeAsync();

    [Theory]
    [InlineData("annotations", "deployment-scale", TargetKind.Deployment, "carts", "replicas=3")]
    [InlineData("labels", "deployment-scale", TargetKind.Deployment, "carts", "replicas=3")]
    [InlineData("annotations", "configmap-tamper", TargetKind.ConfigMap, "settings", "key=mode;value=broken")]
    public async Task A_change_whose_mark_is_taken_off_on_its_way_is_put_back_at_once(string stripped, string fault, TargetKind kind, string name, string arguments)
    {
        using var wire = new EditingWire(_lab.Connection.HttpClient, (_, body) => body["metadata"]!.AsObject().Remove(stripped));
        var driver = Behind(wire);
        var injection = Ask(fault, kind, name, arguments);
        var preparation = await driver.PrepareAsync(injection, Stop);

        var error = await Assert.ThrowsAsync<CraterException>(() => driver.InjectAsync(injection, preparation, Lease, Stop));

        Assert.Equal(("CRT3116", 1, "fast"), (error.Code, _lab.Deployment("carts").Integer("spec", "replicas"), Mode()));
        await driver.RecoverAsync(injection, preparation, Stop);
        var seen = await driver.InspectAsync(injection, preparation, Stop);
        Assert.Equal((Presence.Absent, preparation.Before, 0), (seen.Presence, seen.Now, _lab.Store.List("secrets", "shop").Items.Count));
    }

    [Fact]
    public async Task What_is_changed_on_its_way_back_keeps_its_mark_and_is_residue_until_the_field_is_as_it_was()
    {
        using var wire = new EditingWire(_lab.Connection.HttpClient, (_, body) => (body["spec"] as JsonObject)?["replicas"] = 5) { IsOn = false };
        var driver = Behind(wire);
        var injection = Ask("deployment-scale", TargetKind.Deployment, "carts", "replicas=3");
        var preparation = await driver.PrepareAsync(injection, Stop);
        await driver.InjectAsync(injection, preparation, TimeSpan.FromSeconds(-60), Stop);
        wire.IsOn = true;

        var error = await Assert.ThrowsAsync<CraterException>(() => driver.RecoverAsync(injection, preparation, Stop));

        Assert.Equal("CRT8093", error.Code);
        Assert.Contains("spec.replicas", error.Message, StringComparison.Ordinal);
        Assert.Equal(Presence.Present, (await driver.InspectAsync(injection, preparation, Stop)).Presence);
        wire.IsOn = false;
        using var keeper = new ApiStateKeeper(_lab.Client, ["shop"], TimeProvider.System);
        Assert.NotEmpty(Assert.Single(await keeper.RecoverExpiredAsync(Stop)).Problem);
        _lab.Store.Modify("deployments.apps", "shop", "carts", found => found["spec"]!["replicas"] = 1);
        Assert.Empty(Assert.Single(await keeper.RecoverExpiredAsync(Stop)).Problem);
        Assert.Equal(Presence.Absent, (await driver.InspectAsync(injection, preparation, Stop)).Presence);
    }

    [Fact]
    public async Task A_tampered_entry_whose_mark_somebody_took_away_is_still_there_and_is_put_back()
    {
        var driver = new KubernetesDriver(_lab.Client, TimeProvider.System);
        var (injection, preparation) = await UnmarkedAsync(driver, Lease);

        Assert.Equal(Presence.Present, (await driver.InspectAsync(injection, preparation, Stop)).Presence);
        await driver.RecoverAsync(injection, preparation, Stop);

        Assert.Equal(("fast", 0), (Mode(), _lab.Store.List("secrets", "shop").Items.Count));
        Assert.Equal(Presence.Absent, (await driver.InspectAsync(injection, preparation, Stop)).Presence);
    }

    [Fact]
    public async Task A_tampered_entry_without_a_mark_whose_process_died_is_put_back_by_whoever_comes_by()
    {
        await UnmarkedAsync(new KubernetesDriver(_lab.Client, TimeProvider.System), TimeSpan.FromMinutes(-10));
        using var keeper = new ApiStateKeeper(_lab.Client, ["shop"], TimeProvider.System);

        await keeper.TidyAsync(Stop);

        Assert.Equal(("fast", 0), (Mode(), _lab.Store.List("secrets", "shop").Items.Count));
    }

    [Fact]
    public async Task What_somebody_else_wrote_where_the_mark_is_gone_is_not_overwritten()
    {
        var driver = new KubernetesDriver(_lab.Client, TimeProvider.System);
        var (injection, preparation) = await UnmarkedAsync(driver, Lease);
        _lab.Store.Modify("configmaps", "shop", "settings", found => found["data"]!["mode"] = "theirs");

        await driver.RecoverAsync(injection, preparation, Stop);

        Assert.Equal("theirs", Mode());
    }

    private async Task<(Injection Injection, Preparation Preparation)> UnmarkedAsync(KubernetesDriver driver, TimeSpan lease)
    {
        var injection = Ask("configmap-tamper", TargetKind.ConfigMap, "settings", "key=mode;value=broken");
        var preparation = await driver.PrepareAsync(injection, Stop);
        await driver.InjectAsync(injection, preparation, lease, Stop);
        _lab.Store.Modify("configmaps", "shop", "settings", found =>
        {
            found["metadata"]!.AsObject().Remove("annotations");
            found["metadata"]!.AsObject().Remove("labels");
        });
        Assert.Equal("broken", Mode());
        return (injection, preparation);
    }

    private static KubernetesDriver Behind(EditingWire wire) => new(new KubernetesClient(wire.Client, "meddled", TimeProvider.System), TimeProvider.System);

    private string Mode() => _lab.Store.Get("configmaps", "shop", "settings").Text("data", "mode");

    private Injection Ask(string fault, TargetKind kind, string name, string arguments) => _lab.Injection(fault, kind, name, 1,
        [.. arguments.Split(';').Select(argument => argument.Split('=', 2)).Select(parts => (parts[0], parts[1]))]);
}
