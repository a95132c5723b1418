using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Shop.Calls;
using Shop.Hosting;

namespace Shop.Roles;

/// <summary>front-end: the shop as its customers see it.</summary>
internal sealed class FrontEnd
{
    private readonly Downstream _catalogue;
    private readonly Downstream _carts;
    private readonly Downstream _orders;
    private readonly Downstream _user;
    private readonly Downstream _recommender;

    private FrontEnd(RoleHost host)
    {
        _catalogue = host.Call("catalogue");
        _carts = host.Call("carts");
        _orders = host.Call("orders");
        _user = host.Call("user");
        _recommender = host.Call("recommender");
    }

    public static void Define(RoleHost host)
    {
        var page = new FrontEnd(host);
        host.Routes.Add("GET", "/", page.FrontPageAsync);
        host.Routes.Add("GET", "/catalogue", async request => (await page._catalogue.GetAsync("/catalogue", request.Abort)).Forward());
        host.Routes.Add("GET", "/catalogue/{id}", async request =>
            (await page._catalogue.GetAsync($"/catalogue/{Uri.EscapeDataString(request.Path("id"))}", request.Abort)).Forward());
        host.Routes.Add("GET", "/cart", page.CartAsync);
        host.Routes.Add("POST", "/cart", page.AddAsync);
        host.Routes.Add("POST", "/login", async request =>
            (await page._user.PostAsync("/login", await request.JsonAsync(), repeatable: true, request.Abort)).Forward());
        host.Routes.Add("POST", "/customers", async request =>
            (await page._user.PostAsync("/customers", await request.JsonAsync(), repeatable: false, request.Abort)).Forward());
        host.Routes.Add("POST", "/orders", page.OrderAsync);
        host.Routes.Add("GET", "/orders/{id}", async request =>
            (await page._orders.GetAsync($"/orders/{Uri.EscapeDataString(request.Path("id"))}", request.Abort)).Forward());
    }

    private async Task<Reply> FrontPageAsync(Request request)
    {
        // Both at once; the page waits for the slower one. Recommendations are a courtesy: the page goes out without them.
        var recommending = _recommender.GetAsync($"/recommendations?customer={Uri.EscapeDataString(request.Query("customer", "guest"))}", request.Abort);
        var catalogue = await _catalogue.GetAsync("/catalogue", request.Abort);
        var recommended = await recommending;
        if (!catalogue.IsSuccess)
        {
            return catalogue.Forward();
        }

        var socks = catalogue.Json()["items"] as JsonArray ?? [];
        var also = recommended.IsSuccess ? recommended.Json()["items"] as JsonArray ?? [] : [];
        return request.Header("Accept").Contains("application/json", StringComparison.Ordinal)
            ? Reply.Json(200, new JsonObject { ["items"] = socks.DeepClone(), ["recommended"] = also.DeepClone() })
            : Reply.Text(200, Html(socks, also), "text/html; charset=utf-8");
    }

    private async Task<Reply> CartAsync(Request request)
    {
        var customer = await CustomerAsync(request, request.Query("customer", ""));
        return customer.Refusal ?? (await _carts.GetAsync($"/carts/{customer.Name}", request.Abort)).Forward();
    }

    private async Task<Reply> AddAsync(Request request)
    {
        var body = await request.JsonAsync();
        var customer = await CustomerAsync(request, Value(body, "customer"));
        return customer.Refusal ?? (await AddToCartAsync(customer.Name, body, request.Abort)).Forward();
    }

    /// <summary>Checkout. With an <c>item</c> in the body it is "buy now": the item goes into the cart first.</summary>
    private async Task<Reply> OrderAsync(Request request)
    {
        var body = await request.JsonAsync();
        var customer = await CustomerAsync(request, Value(body, "customer"));
        if (customer.Refusal is not null)
        {
            return customer.Refusal;
        }

        if (Value(body, "item").Length > 0 && await AddToCartAsync(customer.Name, body, request.Abort) is { IsSuccess: false } failed)
        {
            return failed.Forward();
        }

        // The order's id comes from here, so that asking twice places one order.
        var order = new JsonObject { ["id"] = Ids.New(), ["customer"] = Uri.UnescapeDataString(customer.Name) };
        return (await _orders.PostAsync("/orders", order, repeatable: true, request.Abort)).Forward();
    }

    private async Task<Answer> AddToCartAsync(string customer, JsonObject body, CancellationToken abort)
    {
        var item = await _catalogue.GetAsync($"/catalogue/{Uri.EscapeDataString(Value(body, "item"))}", abort);
        if (!item.IsSuccess)
        {
            return item;
        }

        var sock = item.Json();
        var line = new JsonObject
        {
            ["request"] = Ids.New(),
            ["item"] = (string?)sock["id"],
            ["price"] = (double?)sock["price"],
            ["quantity"] = int.TryParse(Value(body, "quantity"), out var quantity) ? Math.Clamp(quantity, 1, 100) : 1,
        };
        return await _carts.PostAsync($"/carts/{customer}/items", line, repeatable: true, abort);
    }

    /// <summary>Who is shopping: the session's customer, else the one named in the request, else the guest.</summary>
    private async Task<(string Name, Reply? Refusal)> CustomerAsync(Request request, string named)
    {
        if (request.Header("X-Session") is not { Length: > 0 } token)
        {
            return (Uri.EscapeDataString(named.Length > 0 ? named : "guest"), null);
        }

        var session = await _user.GetAsync($"/sessions/{Uri.EscapeDataString(token)}", request.Abort);
        return session.IsSuccess ? (Uri.EscapeDataString((string?)session.Json()["customer"] ?? "guest"), null)
            : session.Status == 404 ? ("", Reply.Error(401, "The session has ended; log in again."))
            : ("", session.Forward());
    }

    private static string Value(JsonObject body, string name) => body[name]?.ToString() ?? "";

    private static string Html(JsonArray socks, JsonArray also)
    {
        var html = new StringBuilder("<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Sock shop</title><h1>Socks</h1><ul>");
        foreach (var sock in socks)
        {
            html.Append("<li><a href=\"/catalogue/").Append(Encoded(sock?["id"])).Append("\">").Append(Encoded(sock?["name"]))
                .Append("</a> ").Append(Encoded(sock?["price"])).Append("</li>");
        }

        html.Append("</ul>");
        if (also.Count > 0)
        {
            html.Append("<h2>Others also bought</h2><ul>").AppendJoin("", also.Select(sock => $"<li>{Encoded(sock?["name"])}</li>")).Append("</ul>");
        }

        return html.Append("</html>").ToString();
    }

    private static string Encoded(JsonNode? value) => WebUtility.HtmlEncode(value?.ToString() ?? "");
}
