using Crater.Diagnostics;
using Crater.Drivers;
using Crater.Kubernetes.Client;
using Crater.Kubernetes.Drivers.Engines;
using Crater.Kubernetes.Drivers.Litmus;
using Xunit;

namespace Crater.Tests.Kubernetes.Engines;

/// <summary>Lost messages and an API that goes away while an engine has a fault of ours.</summary>
public sealed class LitmusMishapTests : LitmusBench
{
    [Fact]
    public async Task An_answer_that_is_lost_at_the_engines_creation_is_answered_by_looking_and_never_by_a_second_engine()
    {
        var injection = Ask("pod-kill");
        using var wire = new LossyWire(Lab.Connection.HttpClient, request => request.Method == HttpMethod.Post && request.RequestUri!.PathAndQuery.Contains("chaosengines", StringComparison.Ordinal));
        using var driver = Behind(wire);
        var preparation = await driver.PrepareAsync(injection, Stop);
        await driver.InjectAsync(injection, preparation, Lease, Stop);
        Assert.Equal((1, 1), (wire.Lost, Litmus.Hits["carts-1-1"]));
        await RecoverAsync(injection, preparation);
        Assert.Empty(Engines());
    }

    [Theory]
    [InlineData("chaos-1a2b3c4d.1", true)]
    [InlineData("chaos-99999999.1", false)]
    public async Task An_engine_of_our_name_that_is_there_already_is_ours_only_by_its_injection(string injectedBy, bool isOurs)
    {
        var injection = Ask("pod-kill");
        var preparation = await Driver.PrepareAsync(injection, Stop);
        var there = LitmusEngine.Of(injection, LitmusFaults.Find("pod-kill")!, new EngineOptions(), DateTimeOffset.UnixEpoch);
        there["metadata"]!["annotations"]!["crater.dev/injection"] = injectedBy;
        Litmus.Defects = isOurs ? LitmusDefects.None : LitmusDefects.NoOperator;
        await Lab.Client.CreateAsync(LitmusEngine.Engines, "shop", there, Stop);
        var error = await Record.ExceptionAsync(() => Driver.InjectAsync(injection, preparation, Lease, Stop));
        Assert.Equal(isOurs ? "" : "CRT8207", (error as CraterException)?.Code ?? "");
        await Driver.RecoverAsync(injection, preparation, Stop);
        Assert.Equal(isOurs, Engine() is not { } left || left.Text("spec", "engineState") == "stop");
    }

    [Fact]
    public async Task While_the_API_is_away_nothing_is_said_of_the_fault_and_when_it_is_back_it_comes_off()
    {
        using var wire = new LossyWire(Lab.Connection.HttpClient, _ => false);
        using var driver = Behind(wire);
        var injection = Ask("network-loss", arguments: [("loss", "1"), ("direction", "out")]);
        var preparation = await driver.PrepareAsync(injection, Stop);
        await driver.InjectAsync(injection, preparation, Lease, Stop);
        wire.IsAway = true;
        Assert.Equal(Presence.Unknown, (await driver.InspectAsync(injection, preparation, Stop)).Presence);
        await Assert.ThrowsAnyAsync<KubernetesException>(() => driver.RenewAsync(injection, preparation, Lease, Stop));
        await Assert.ThrowsAnyAsync<KubernetesException>(() => driver.RecoverAsync(injection, preparation, Stop));
        Assert.NotNull(Engine());
        wire.IsAway = false;
        await RecoverAsync(driver, injection, preparation, found => found.Presence == Presence.Absent && found.Now == preparation.Before);
        Assert.Empty(Engines());
    }

    private static LitmusDriver Behind(LossyWire wire) => new(new KubernetesClient(wire.Client, "crater-lab", TimeProvider.System), new EngineOptions { Patience = Quick }, TimeProvider.System);
}
