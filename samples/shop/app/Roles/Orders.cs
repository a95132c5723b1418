using System.Text;
using System.Text.Json.Nodes;
using Shop.Calls;
using Shop.Hosting;

namespace Shop.Roles;

/// <summary>orders: the checkout. Cart → customer → payment → stored order → a task for shipping.</summary>
internal sealed class Orders
{
    private readonly RoleHost _host;
    private readonly Downstream _carts;
    private readonly Downstream _user;
    private readonly Downstream _payment;
    private readonly Downstream _database;
    private readonly Outbox _outbox;

    private Orders(RoleHost host)
    {
        _host = host;
        _carts = host.Call("carts");
        _user = host.Call("user");
        _payment = host.Call("payment");
        _database = host.Call("orders-db");
        _outbox = new Outbox(host.Call("rabbitmq"), host);
        host.Beside(_outbox.RepeatAsync);
    }

    public static void Define(RoleHost host)
    {
        var orders = new Orders(host);
        host.Routes.Add("POST", "/orders", async request => orders.Counted(await orders.PlaceAsync(await request.JsonAsync())));
        host.Routes.Add("GET", "/orders/{id}", orders.GetAsync);
    }

    /// <summary>Never cancelled by the caller: a shopper who leaves after paying still gets the socks.</summary>
    private async Task<Reply> PlaceAsync(JsonObject asked)
    {
        var id = asked["id"]?.ToString() ?? Ids.New();
        var customer = asked["customer"]?.ToString() ?? "";
        var known = await _database.GetAsync(Path(id), CancellationToken.None);
        if (known.Status != 404)
        {
            return known.Forward();     // placed before, or the database cannot say: then no money is taken
        }

        var cart = await _carts.GetAsync($"/carts/{Uri.EscapeDataString(customer)}", CancellationToken.None);
        if (!cart.IsSuccess)
        {
            return cart.Forward();
        }

        var items = cart.Json()["items"] as JsonArray ?? [];
        if (items.Count == 0)
        {
            return Reply.Error(409, $"The cart of '{customer}' is empty.");
        }

        var person = await _user.GetAsync($"/customers/{Uri.EscapeDataString(customer)}", CancellationToken.None);
        if (!person.IsSuccess)
        {
            return person.Status == 404 ? Reply.Error(409, $"'{customer}' is not a customer; register first.") : person.Forward();
        }

        var order = new JsonObject
        {
            ["id"] = id,
            ["customer"] = customer,
            ["address"] = person.Json()["address"]?.ToString(),
            ["total"] = Math.Round(items.Sum(item => (double)item!["price"]! * (int)item["quantity"]!), 2),
            ["items"] = items.DeepClone(),
        };
        return await PayAndStoreAsync(order);
    }

    private async Task<Reply> PayAndStoreAsync(JsonObject order)
    {
        var id = order["id"]!.ToString();
        var payment = new JsonObject { ["order"] = id, ["amount"] = (double)order["total"]! };
        var paid = await _payment.PostAsync("/payments", payment, repeatable: true, CancellationToken.None);
        if (!paid.IsSuccess)
        {
            return paid.Forward();
        }

        if ((bool?)paid.Json()["authorised"] != true)
        {
            return Reply.Error(402, paid.Json()["message"]?.ToString() ?? "The payment was declined.");
        }

        var stored = await _database.SendAsync(new Call("PUT", Path(id)) { Body = Encoding.UTF8.GetBytes(order.ToJsonString()) }, CancellationToken.None);
        if (!stored.IsSuccess)
        {
            _host.Log.Write("error", "a paid order could not be stored", ("order", id), ("status", stored.Status.ToString()));
            return stored.Forward();
        }

        await _outbox.PublishAsync(id);
        await _carts.SendAsync(new Call("DELETE", $"/carts/{Uri.EscapeDataString(order["customer"]!.ToString())}"), CancellationToken.None);
        return Reply.Json(201, order);
    }

    private async Task<Reply> GetAsync(Request request)
    {
        var id = request.Path("id");
        var stored = await _database.GetAsync(Path(id), request.Abort);
        if (!stored.IsSuccess)
        {
            return stored.Forward();
        }

        var order = stored.Json().AsObject();
        var shipments = await _database.GetAsync($"/docs/shipments?prefix={Uri.EscapeDataString(id)}", request.Abort);
        order["shipments"] = shipments.IsSuccess ? (shipments.Json()["items"] as JsonArray)?.Count ?? 0 : null;
        return Reply.Json(200, order);
    }

    private Reply Counted(Reply reply)
    {
        _host.Metrics.Count($"shop_orders_total{{outcome=\"{(reply.Status == 201 ? "placed" : reply.Status < 500 ? "refused" : "failed")}\"}}");
        return reply;
    }

    private static string Path(string id) => $"/docs/orders/{Uri.EscapeDataString(id)}";
}
