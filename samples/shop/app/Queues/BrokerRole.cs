using System.Text.Json.Nodes;
using Shop.Hosting;
using Shop.Stores;

namespace Shop.Queues;

/// <summary>rabbitmq: the broker over HTTP. Publish, take (long poll), acknowledge.</summary>
internal static class BrokerRole
{
    private static readonly TimeSpan WaitMax = TimeSpan.FromSeconds(10);

    public static void Define(RoleHost host)
    {
        var broker = new Broker(StoreRole.Open(host, dropsOldest: false), host);
        host.Routes.Add("POST", "/queues/{queue}/messages", async request =>
        {
            var body = await request.JsonAsync();
            var result = await broker.PublishAsync(request.Path("queue"), request.Query("id", ""), body);
            return request.Query("id", "").Length == 0 ? Reply.Error(400, "A message needs an id of its publisher's: ?id=…")
                : result == WriteResult.Stored ? Reply.Empty(202) : Reply.Error(503, "The queue takes no more messages.");
        });
        host.Routes.Add("POST", "/queues/{queue}/take", async request =>
        {
            var wait = Settings.ParseDuration(request.Query("wait", "0s")) is { } asked && asked > TimeSpan.Zero ? asked : TimeSpan.Zero;
            var lease = Settings.ParseDuration(request.Query("lease", "5s")) is { } length && length > TimeSpan.Zero ? length : TimeSpan.FromSeconds(5);
            var delivery = await broker.TakeAsync(request.Path("queue"), wait < WaitMax ? wait : WaitMax, lease, request.Abort);
            return delivery is null ? Reply.Empty(204)
                : Reply.Json(200, new JsonObject { ["id"] = delivery.Id, ["attempt"] = delivery.Attempt, ["body"] = delivery.Body.DeepClone() });
        });
        host.Routes.Add("DELETE", "/queues/{queue}/messages/{id}", async request =>
            await broker.AcknowledgeAsync(request.Path("queue"), request.Path("id"))
                ? Reply.Empty(204)
                : Reply.Error(404, $"There is no message '{request.Path("id")}' in queue '{request.Path("queue")}'."));
        host.Routes.Add("GET", "/queues/{queue}", request =>
        {
            var (ready, taken) = broker.Depth(request.Path("queue"));
            return Task.FromResult(Reply.Json(200, new JsonObject { ["ready"] = ready, ["taken"] = taken }));
        });
    }
}
