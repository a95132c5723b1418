using System.Text.Json.Nodes;
using Shop.Calls;
using Shop.Hosting;

namespace Shop.Roles;

/// <summary>recommender: three socks for each customer, remembered. <c>RECOMMENDER_CACHE_MAX</c> (default 1000) bounds what it remembers;
/// <c>unlimited</c> lets it grow with every customer it sees.</summary>
internal sealed class Recommender(Downstream catalogue, int cacheMax, RoleHost host)
{
    private const int Recommended = 3;

    private readonly Lock _gate = new();
    private readonly Dictionary<string, JsonObject> _remembered = new(StringComparer.Ordinal);
    private readonly Queue<string> _order = new();

    public static void Define(RoleHost host)
    {
        var recommender = new Recommender(host.Call("catalogue"), host.Settings.Count("RECOMMENDER_CACHE_MAX", 1000), host);
        host.Metrics.Gauge("shop_recommendations_remembered", () => recommender._remembered.Count);
        host.Routes.Add("GET", "/recommendations", recommender.GetAsync);
    }

    private async Task<Reply> GetAsync(Request request)
    {
        var customer = request.Query("customer", "guest");
        lock (_gate)
        {
            if (_remembered.TryGetValue(customer, out var known))
            {
                return Reply.Json(200, known);
            }
        }

        var socks = await catalogue.GetAsync("/catalogue", request.Abort);
        if (!socks.IsSuccess)
        {
            return socks.Forward();
        }

        var all = (socks.Json()["items"] as JsonArray ?? []).Select(sock => sock!.DeepClone()).ToList();
        var chosen = new JsonObject { ["items"] = new JsonArray([.. Choose(all).Take(Recommended)]) };
        lock (_gate)
        {
            if (_remembered.TryAdd(customer, chosen))
            {
                _order.Enqueue(customer);
            }

            while (_order.Count > cacheMax)
            {
                _remembered.Remove(_order.Dequeue());
            }
        }

        return Reply.Json(200, chosen);
    }

    private List<JsonNode> Choose(List<JsonNode> all)
    {
        lock (host.Chance)
        {
            return [.. all.OrderBy(_ => host.Chance.Next())];
        }
    }
}
