using Crater.Drivers;
using Crater.Kubernetes.Client;
using Crater.Kubernetes.Drivers.ChaosMesh;
using Crater.Kubernetes.Drivers.Engines;
using Xunit;

namespace Crater.Tests.Kubernetes.Engines;

/// <summary>Lost messages and an API that goes away while Chaos Mesh has a fault of ours.</summary>
public sealed class ChaosMeshMishapTests : MeshBench
{
    [Fact]
    public async Task An_answer_that_is_lost_at_the_objects_creation_is_answered_by_looking_and_never_by_a_second_object()
    {
        var injection = Ask("network-loss", """{"loss":1,"direction":"out"}""");
        using var wire = new LossyWire(Lab.Connection.HttpClient, request => request.Method == HttpMethod.Post && request.RequestUri!.PathAndQuery.Contains("networkchaos", StringComparison.Ordinal));
        using var driver = Behind(wire);
        var preparation = await driver.PrepareAsync(injection, Stop);

        await driver.InjectAsync(injection, preparation, Lease, Stop);

        Assert.Equal((1, 1), (wire.Lost, Mesh.Hits["carts-1-1"]));
        await RecoverAsync(injection, preparation);
        Assert.Null(Object("NetworkChaos"));
    }

    [Fact]
    public async Task An_answer_that_is_lost_at_the_objects_deletion_is_no_second_fault_and_no_residue()
    {
        var injection = Ask("network-loss", """{"loss":1,"direction":"out"}""");
        using var wire = new LossyWire(Lab.Connection.HttpClient, request => request.Method == HttpMethod.Delete);
        using var driver = Behind(wire);
        var preparation = await driver.PrepareAsync(injection, Stop);
        await driver.InjectAsync(injection, preparation, Lease, Stop);

        await Assert.ThrowsAnyAsync<KubernetesException>(() => driver.RecoverAsync(injection, preparation, Stop));
        Inspection? last = null;
        await Until.HoldsAsync(async () =>
        {
            await driver.RecoverAsync(injection, preparation, Stop);
            last = await driver.InspectAsync(injection, preparation, Stop);
            return last.Presence == Presence.Absent;
        }, () => $"recovered: {last}");

        Assert.Equal((1, 1), (wire.Lost, Mesh.Hits["carts-1-1"]));
        Assert.Equal(preparation.Before, last!.Now);
        Assert.Null(Object("NetworkChaos"));
    }

    [Fact]
    public async Task While_the_API_is_away_nothing_is_said_of_the_fault_and_when_it_is_back_it_comes_off()
    {
        using var wire = new LossyWire(Lab.Connection.HttpClient, _ => false);
        using var driver = Behind(wire);
        var injection = Ask("network-loss", """{"loss":1,"direction":"out"}""");
        var preparation = await driver.PrepareAsync(injection, Stop);
        await driver.InjectAsync(injection, preparation, Lease, Stop);

        wire.IsAway = true;
        Assert.Equal(Presence.Unknown, (await driver.InspectAsync(injection, preparation, Stop)).Presence);
        await Assert.ThrowsAnyAsync<KubernetesException>(() => driver.RenewAsync(injection, preparation, Lease, Stop));
        await Assert.ThrowsAnyAsync<KubernetesException>(() => driver.RecoverAsync(injection, preparation, Stop));
        Assert.NotNull(Object("NetworkChaos"));

        wire.IsAway = false;
        await RecoverAsync(injection, preparation);
        Assert.Null(Object("NetworkChaos"));
    }

    private static ChaosMeshDriver Behind(LossyWire wire) => new(new KubernetesClient(wire.Client, "crater-lab", TimeProvider.System), new EngineOptions { Patience = Quick }, TimeProvider.System);
}
