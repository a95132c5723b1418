namespace Crater.EndToEnd.Tests.Shop;

/// <summary>Two replicas of one stateful role that follow each other.</summary>
internal sealed class StorePair : IAsyncDisposable
{
    private readonly string _role;
    private readonly int[] _ports;

    private StorePair(string role, int[] ports, ShopPod first, ShopPod second)
    {
        _role = role;
        _ports = ports;
        First = first;
        Second = second;
    }

    public ShopPod First { get; }

    public ShopPod Second { get; }

    public static async Task<StorePair> StartAsync(string role)
    {
        int[] ports = [ShopPod.FreePort(), ShopPod.FreePort()];
        var pods = await Task.WhenAll(OneAsync(role, ports, 0), OneAsync(role, ports, 1));
        foreach (var pod in pods)
        {
            await Eventually.TrueAsync(async () => await pod.MetricAsync("store_followers_up") == 1, "the replicas follow each other");
        }

        return new StorePair(role, ports, pods[0], pods[1]);
    }

    /// <summary>The first replica again, as a new process with nothing in memory; returns when it is ready and followed.</summary>
    public async Task<ShopPod> RestartFirstAsync()
    {
        var back = await OneAsync(_role, _ports, 0);
        await Eventually.TrueAsync(async () => await Second.MetricAsync("store_followers_up") == 1, "the second replica has its follower back");
        return back;
    }

    public async ValueTask DisposeAsync()
    {
        await First.DisposeAsync();
        await Second.DisposeAsync();
    }

    // A replica that is killed refuses at once. One that a busy machine keeps waiting must not be taken for gone: what it has stored already would then be refused.
    private static Task<ShopPod> OneAsync(string role, int[] ports, int index) => ShopPod.StartReadyAsync(
        role, $"PORT={ports[index]}", $"POD_NAME={role}-{index}", "PEER_TIMEOUT=20s",
        $"PEERS={role}-0=http://127.0.0.1:{ports[0]},{role}-1=http://127.0.0.1:{ports[1]}");
}
