using System.Globalization;
using System.Text.Json.Nodes;
using Shop.Hosting;

namespace Shop.Roles;

/// <summary>payment: declines what is above <c>PAYMENT_LIMIT</c> (default 1000), and has the rest charged outside.</summary>
internal static class Payment
{
    public static void Define(RoleHost host)
    {
        var external = host.Call("external-payment");
        var limit = host.Settings.Count("PAYMENT_LIMIT", 1000);
        host.Routes.Add("POST", "/payments", async request =>
        {
            var payment = await request.JsonAsync();
            var amount = (double?)payment["amount"] ?? 0;
            if (amount <= 0 || amount > limit)
            {
                return Reply.Json(200, new JsonObject { ["authorised"] = false, ["message"] = $"Payments are above 0 and at most {limit}." });
            }

            // The order's id is the charge's: asking twice charges once.
            var charge = new JsonObject { ["id"] = payment["order"]?.ToString(), ["amount"] = amount };
            var answer = await external.PostAsync("/charges", charge, repeatable: true, request.Abort);
            return answer.IsSuccess
                ? Reply.Json(200, new JsonObject { ["authorised"] = true, ["message"] = amount.ToString("0.00", CultureInfo.InvariantCulture) })
                : answer.Forward();
        });
    }
}

/// <summary>external-payment: stands for the bank, which is somebody else's. Keeps each charge once.</summary>
internal static class ExternalPayment
{
    private const int ChargesKept = 10_000;

    public static void Define(RoleHost host)
    {
        var gate = new Lock();
        var charges = new Dictionary<string, double>(StringComparer.Ordinal);
        var order = new Queue<string>();
        host.Routes.Add("POST", "/charges", async request =>
        {
            var charge = await request.JsonAsync();
            var id = charge["id"]?.ToString() ?? "";
            bool first;
            lock (gate)
            {
                first = charges.TryAdd(id, (double?)charge["amount"] ?? 0);
                if (first)
                {
                    order.Enqueue(id);
                }

                if (order.Count > ChargesKept)
                {
                    charges.Remove(order.Dequeue());
                }
            }

            host.Metrics.Count($"shop_charges_total{{repeated=\"{(first ? "false" : "true")}\"}}");
            return Reply.Json(first ? 201 : 200, new JsonObject { ["id"] = id, ["charged"] = true });
        });
    }
}
