using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using Shop.Calls;
using Shop.Hosting;

namespace Shop.Roles;

/// <summary>Shipping tasks that the broker would not take yet. They are tried again until it does; an order does not fail because shipping is late.</summary>
/// <remarks>In memory: a pod that dies while the broker is away loses its tasks, though not the orders.</remarks>
internal sealed class Outbox(Downstream broker, RoleHost host)
{
    public const string Queue = "shipping-tasks";

    private const int TasksMax = 10_000;

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(500);

    private readonly ConcurrentQueue<string> _waiting = new();

    public async Task PublishAsync(string order)
    {
        if (!await TryPublishAsync(order, CancellationToken.None))
        {
            if (_waiting.Count >= TasksMax)
            {
                host.Log.Write("error", "a shipping task was dropped: the outbox is full", ("order", order));
                return;
            }

            _waiting.Enqueue(order);
        }
    }

    public async Task RepeatAsync(CancellationToken stop)
    {
        host.Metrics.Gauge("shop_outbox_waiting", () => _waiting.Count);
        while (true)
        {
            await Task.Delay(Pause, host.Clock, stop);
            while (_waiting.TryPeek(out var order) && await TryPublishAsync(order, stop))
            {
                _waiting.TryDequeue(out _);
            }
        }
    }

    private async Task<bool> TryPublishAsync(string order, CancellationToken stop) =>
        (await broker.PostAsync($"/queues/{Queue}/messages?id={order}", new JsonObject { ["order"] = order }, repeatable: true, stop)).IsSuccess;
}
