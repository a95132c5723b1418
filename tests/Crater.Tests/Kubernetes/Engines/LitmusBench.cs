using System.Text.Json.Nodes;
using Crater.Drivers;
using Crater.Kubernetes.Client;
using Crater.Kubernetes.Drivers.Engines;
using Crater.Kubernetes.Drivers.Litmus;
using Crater.Targets;
using Xunit;

namespace Crater.Tests.Kubernetes.Engines;

/// <summary>The lab's API with Litmus' definitions, a scripted Litmus, and the driver before it.</summary>
public abstract class LitmusBench : IAsyncLifetime
{
    private protected static readonly TimeSpan Lease = TimeSpan.FromSeconds(15);

    private protected static readonly EnginePatience Quick = new() { LookEvery = TimeSpan.FromMilliseconds(20) };

    private protected LabApi Lab { get; private set; } = null!;

    private protected ScriptedLitmus Litmus { get; private set; } = null!;

    private protected LitmusDriver Driver { get; private set; } = null!;

    private protected static CancellationToken Stop => LabApi.Stop;

    public virtual async ValueTask InitializeAsync()
    {
        Lab = await LabApi.StartAsync();
        await LitmusSetting.InstallAsync(Lab, Stop);
        await Lab.NodeAsync("node1", "zone-a");
        await Lab.DeployAsync("carts", replicas: 2);
        Driver = NewDriver(Quick);
        Litmus = new ScriptedLitmus(Lab.Client) { PodDeleted = (_, pod) => Lab.PodAsync("carts", $"{pod}-again") };
        Litmus.Start();
    }

    public async ValueTask DisposeAsync()
    {
        await Litmus.DisposeAsync();
        Driver.Dispose();
        await Lab.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    private protected LitmusDriver NewDriver(EnginePatience patience) => new(Lab.Client, new EngineOptions { Patience = patience }, TimeProvider.System);

    private protected Injection Ask(string fault, TargetKind kind = TargetKind.Pod, string name = "carts-1-1", params (string Name, string Value)[] arguments) =>
        Lab.Injection(fault, kind, name, 1, arguments) with { Driver = "litmus" };

    private protected async Task<Preparation> InjectAsync(Injection injection)
    {
        var preparation = await Driver.PrepareAsync(injection, Stop);
        await Driver.InjectAsync(injection, preparation, Lease, Stop);
        return preparation;
    }

    /// <summary>As a run recovers: again and again, until nothing is there.</summary>
    private protected Task<Inspection> RecoverAsync(Injection injection, Preparation preparation) => RecoverAsync(Driver, injection, preparation, found => found.Presence == Presence.Absent && found.Now == preparation.Before);

    private protected static async Task<Inspection> RecoverAsync(IDriver driver, Injection injection, Preparation preparation, Func<Inspection, bool> until)
    {
        Inspection? last = null;
        await Until.HoldsAsync(async () =>
        {
            await driver.RecoverAsync(injection, preparation, Stop);
            last = await driver.InspectAsync(injection, preparation, Stop);
            return until(last);
        }, () => $"recovered: {last}");
        return last!;
    }

    private protected JsonObject? Engine(string name = "crater-1a2b3c4d-1", string space = "shop") => Lab.Store.Get("chaosengines.litmuschaos.io", space, name);

    private protected IReadOnlyList<JsonObject> Engines() => [.. Lab.Store.Scan("chaosengines.litmuschaos.io").Items];

    private protected IReadOnlyList<JsonObject> ChaosPods() => [.. Lab.Store.Scan("pods").Items.Where(pod => pod.Labels().ContainsKey("chaosUID"))];
}
