using System.Text;
using System.Text.Json.Nodes;
using Shop.Calls;
using Shop.Hosting;

namespace Shop.Roles;

/// <summary>shipping: writes a shipment into orders-db. <c>SHIPPING_IDEMPOTENT=true</c> (default) keys it by its order, so that a task that is delivered
/// twice ships once; <c>false</c> sends another parcel each time.</summary>
internal static class Shipping
{
    public static void Define(RoleHost host)
    {
        var database = host.Call("orders-db");
        var idempotent = host.Settings.Flag("SHIPPING_IDEMPOTENT", true);
        var work = host.Settings.Duration("SHIPPING_WORK", "20ms");
        host.Routes.Add("POST", "/shipments", async request =>
        {
            var order = (await request.JsonAsync())["order"]?.ToString() ?? "";
            if (order.Length == 0)
            {
                return Reply.Error(400, "The request names no order.");
            }

            var parcel = idempotent ? order : $"{order}-{Ids.New()}";
            var shipment = new JsonObject { ["order"] = order, ["parcel"] = parcel };
            var call = new Call("PUT", $"/docs/shipments/{Uri.EscapeDataString(parcel)}") { Body = Encoding.UTF8.GetBytes(shipment.ToJsonString()) };
            var written = await database.SendAsync(call, request.Abort);
            if (!written.IsSuccess)
            {
                return written.Forward();
            }

            host.Metrics.Count("shop_shipments_total");
            await Task.Delay(work, host.Clock, request.Abort);     // the label is printed; who dies here has shipped without saying so
            return Reply.Json(201, shipment);
        });
        host.Routes.Add("GET", "/shipments/{order}", async request =>
            (await database.GetAsync($"/docs/shipments?prefix={Uri.EscapeDataString(request.Path("order"))}", request.Abort)).Forward());
    }
}
