using System.Text.Json.Nodes;
using Crater.Diagnostics;
using Crater.Drivers;
using Crater.Faults;
using Crater.Kubernetes.Client;
using Crater.Kubernetes.Drivers.ChaosMesh;
using Crater.Kubernetes.Drivers.Engines;
using Crater.Targets;
using Xunit;

namespace Crater.Tests.Kubernetes.Engines;

/// <summary>The lab's API with Chaos Mesh's definitions, a scripted Chaos Mesh, and the driver before it.</summary>
public abstract class MeshBench : IAsyncLifetime
{
    private protected static readonly TimeSpan Lease = TimeSpan.FromSeconds(15);

    private protected static readonly EnginePatience Quick = new() { LookEvery = TimeSpan.FromMilliseconds(20), Inject = TimeSpan.FromMinutes(1) };

    private protected LabApi Lab { get; private set; } = null!;

    private protected ScriptedChaosMesh Mesh { get; private set; } = null!;

    private protected ChaosMeshDriver Driver { get; private set; } = null!;

    private protected static CancellationToken Stop => LabApi.Stop;

    public async ValueTask InitializeAsync()
    {
        Lab = await LabApi.StartAsync();
        await EngineDefinitions.InstallAsync(Lab.Client, EngineDefinitions.ChaosMesh(), Stop);
        await Lab.NodeAsync("node1", "zone-a");
        await Lab.DeployAsync("carts", replicas: 2);
        Driver = NewDriver(Quick);
        Mesh = new ScriptedChaosMesh(Lab.Client) { PodDeleted = (_, pod) => Lab.PodAsync("carts", $"{pod}-again") };
        Mesh.Start();
    }

    public async ValueTask DisposeAsync()
    {
        await Mesh.DisposeAsync();
        Driver.Dispose();
        await Lab.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    private protected ChaosMeshDriver NewDriver(EnginePatience patience) => new(Lab.Client, new EngineOptions { Patience = patience }, TimeProvider.System);

    private protected Injection Ask(string fault, string arguments = "{}")
    {
        List<Problem> problems = [];
        var described = FaultCatalogue.Describe(fault, JsonNode.Parse(arguments)!.AsObject().ToDictionary(), "", problems, TargetKind.Pod);
        Assert.Empty(problems);
        return Lab.Injection(fault, TargetKind.Pod, "carts-1-1") with { Fault = described!, Driver = "chaos-mesh" };
    }

    private protected async Task<Preparation> InjectAsync(Injection injection)
    {
        var preparation = await Driver.PrepareAsync(injection, Stop);
        try
        {
            await Driver.InjectAsync(injection, preparation, Lease, Stop);
        }
        catch (CraterException e) when (Mesh.Failure is { } failure)
        {
            throw new InvalidOperationException($"{e.Message} The script's last failure: {failure.Message}", e);
        }

        return preparation;
    }

    private protected Task<Inspection> RecoverAsync(Injection injection, Preparation preparation) => RecoverAsync(injection, preparation, found => found.Presence == Presence.Absent && found.Now == preparation.Before);

    private protected async Task<Inspection> RecoverAsync(Injection injection, Preparation preparation, Func<Inspection, bool> until)
    {
        Inspection? last = null;
        await Until.HoldsAsync(async () =>
        {
            await Driver.RecoverAsync(injection, preparation, Stop);
            last = await Driver.InspectAsync(injection, preparation, Stop);
            return until(last);
        }, () => $"recovered: {last}");
        return last!;
    }

    private protected JsonObject? Object(string kind) => Lab.Store.Get($"{kind.ToLowerInvariant()}.chaos-mesh.org", "shop", "crater-1a2b3c4d-1");
}
