using System.Text;
using System.Text.Json.Nodes;
using Shop.Calls;
using Shop.Hosting;

namespace Shop.Roles;

/// <summary>carts: one document per customer in carts-db, changed by compare-and-set.</summary>
internal sealed class Carts(Downstream database)
{
    /// <summary>Different socks in one cart.</summary>
    private const int LinesMax = 50;

    /// <summary>Requests that a cart remembers, so that a repeated one adds nothing.</summary>
    private const int RequestsRemembered = 20;

    private const int AttemptsMax = 8;

    public static void Define(RoleHost host)
    {
        var carts = new Carts(host.Call("carts-db"));
        host.BrokenBecause = async abort => (await carts.ReadAsync("probe", abort)).Status is 200 or 404 ? null : "carts-db does not answer";
        host.Routes.Add("GET", "/carts/{customer}", async request => await carts.GetAsync(request));
        host.Routes.Add("POST", "/carts/{customer}/items", carts.AddAsync);
        host.Routes.Add("DELETE", "/carts/{customer}", async request =>
            (await carts.SendAsync("DELETE", request.Path("customer"), null, null, request.Abort)).Forward());
    }

    private async Task<Reply> GetAsync(Request request)
    {
        var stored = await ReadAsync(request.Path("customer"), request.Abort);
        return stored.Status == 404 ? Reply.Json(200, Empty(request.Path("customer"))) : stored.Forward();
    }

    private async Task<Reply> AddAsync(Request request)
    {
        var line = await request.JsonAsync();
        if (line["item"] is null)
        {
            return Reply.Error(400, "The request names no item.");
        }

        for (var attempt = 0; attempt < AttemptsMax; attempt++)
        {
            var stored = await ReadAsync(request.Path("customer"), request.Abort);
            if (!stored.IsSuccess && stored.Status != 404)
            {
                return stored.Forward();
            }

            var cart = stored.IsSuccess ? stored.Json().AsObject() : Empty(request.Path("customer"));
            if (!TryAdd(cart, line))
            {
                return Reply.Json(200, cart);
            }

            var written = await SendAsync("PUT", request.Path("customer"), cart, stored.IsSuccess ? stored.Version : 0, request.Abort);
            if (written.IsSuccess)
            {
                return Reply.Json(201, cart);
            }

            if (written.Status != 412)
            {
                return written.Forward();
            }
        }

        return Reply.Error(503, "The cart is being changed by too many requests at once.");
    }

    /// <returns>False when nothing changes: the request was seen before, or the cart is full.</returns>
    private static bool TryAdd(JsonObject cart, JsonObject line)
    {
        var requests = cart["requests"]!.AsArray();
        var id = line["request"]?.ToString() ?? "";
        if (id.Length > 0 && requests.Any(seen => seen?.ToString() == id))
        {
            return false;
        }

        var items = cart["items"]!.AsArray();
        var quantity = (int?)line["quantity"] ?? 1;
        if (items.FirstOrDefault(item => item?["item"]?.ToString() == line["item"]!.ToString()) is { } same)
        {
            same["quantity"] = Math.Min(100, (int)same["quantity"]! + quantity);
        }
        else if (items.Count < LinesMax)
        {
            items.Add((JsonNode)new JsonObject { ["item"] = line["item"]!.ToString(), ["price"] = (double?)line["price"] ?? 0, ["quantity"] = quantity });
        }
        else
        {
            return false;
        }

        requests.Add((JsonNode)id);
        while (requests.Count > RequestsRemembered)
        {
            requests.RemoveAt(0);
        }

        return true;
    }

    private Task<Answer> ReadAsync(string customer, CancellationToken abort) => database.GetAsync(Path(customer), abort);

    private Task<Answer> SendAsync(string method, string customer, JsonObject? cart, long? expected, CancellationToken abort) =>
        database.SendAsync(
            new Call(method, Path(customer))
            {
                Body = cart is null ? null : Encoding.UTF8.GetBytes(cart.ToJsonString()),
                ExpectedVersion = expected,
            },
            abort);

    private static string Path(string customer) => $"/docs/carts/{Uri.EscapeDataString(customer)}";

    private static JsonObject Empty(string customer) => new() { ["customer"] = customer, ["items"] = new JsonArray(), ["requests"] = new JsonArray() };
}
