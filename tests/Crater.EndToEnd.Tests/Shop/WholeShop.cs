namespace Crater.EndToEnd.Tests.Shop;

/// <summary>All roles, each once, in the order of their dependencies.</summary>
internal sealed class WholeShop : IAsyncDisposable
{
    private static readonly string[][] Layers =
    [
        ["catalogue-db", "carts-db", "orders-db", "user-db", "redis", "rabbitmq", "external-payment"],
        ["catalogue", "carts", "user", "payment", "shipping"],
        ["recommender", "orders", "queue-master"],
        ["front-end"],
        ["edge-router"],
    ];

    private readonly Dictionary<string, ShopPod> _pods = [];

    public ShopPod this[string role] => _pods[role];

    public static async Task<WholeShop> StartAsync()
    {
        var shop = new WholeShop();
        foreach (var layer in Layers)
        {
            var started = await Task.WhenAll(layer.Select(role => shop.StartAnotherAsync(role)));
            for (var i = 0; i < layer.Length; i++)
            {
                shop._pods[layer[i]] = started[i];
            }
        }

        return shop;
    }

    /// <summary>One more of a role, beside the shop's own; the caller ends it.</summary>
    /// <param name="settings">Over the addresses and the patience that every role is given.</param>
    public Task<ShopPod> StartAnotherAsync(string role, params string[] settings)
    {
        // Patient, because the first call of each process is slow where many tests share two cores.
        var known = _pods.SelectMany(pod => new[] { $"{Prefix(pod.Key)}_URL={pod.Value.Url}", $"{Prefix(pod.Key)}_TIMEOUT=15s" });
        return ShopPod.StartReadyAsync(role, [.. known, .. settings]);
    }

    private static string Prefix(string role) => role.ToUpperInvariant().Replace('-', '_');

    public async ValueTask DisposeAsync()
    {
        foreach (var pod in _pods.Values)
        {
            await pod.DisposeAsync();
        }
    }
}
