using System.Text.Json.Nodes;
using Shop.Calls;
using Shop.Hosting;

namespace Shop.Roles;

/// <summary>queue-master: takes shipping tasks from the broker, has them shipped, and acknowledges what was shipped.</summary>
internal static class QueueMaster
{
    private static readonly TimeSpan PauseAfterFailure = TimeSpan.FromMilliseconds(500);

    public static void Define(RoleHost host)
    {
        var broker = host.Call("rabbitmq");
        var shipping = host.Call("shipping");
        for (var i = 0; i < host.Settings.Count("WORKERS", 2); i++)
        {
            host.Beside(stop => WorkAsync(host, broker, shipping, stop));
        }
    }

    private static async Task WorkAsync(RoleHost host, Downstream broker, Downstream shipping, CancellationToken stop)
    {
        while (true)
        {
            var taken = await broker.SendAsync(new Call("POST", $"/queues/{Outbox.Queue}/take?wait=500ms&lease=5s") { Repeatable = false }, stop);
            if (taken.Status != 200)
            {
                // 204: nothing to do, and the broker has waited already.
                if (taken.Status != 204)
                {
                    await Task.Delay(PauseAfterFailure, host.Clock, stop);
                }

                continue;
            }

            var task = taken.Json();
            var order = task["body"]?["order"]?.ToString() ?? "";
            var shipped = await shipping.PostAsync("/shipments", new JsonObject { ["order"] = order }, repeatable: true, stop);
            host.Metrics.Count($"shop_tasks_total{{outcome=\"{(shipped.IsSuccess ? "shipped" : "left")}\"}}");
            if (shipped.IsSuccess)
            {
                // Only now: a task whose worker dies before this line is delivered again.
                await broker.SendAsync(new Call("DELETE", $"/queues/{Outbox.Queue}/messages/{task["id"]}"), stop);
            }
            else
            {
                await Task.Delay(PauseAfterFailure, host.Clock, stop);
            }
        }
    }
}
