using System.Text.Json.Nodes;
using Xunit;

namespace Crater.EndToEnd.Tests.Shop;

/// <summary>The whole shop as seventeen processes, and the checkout when its payment is slow.</summary>
public sealed class CheckoutTests
{
    [Fact]
    public async Task A_shopper_browses_fills_a_cart_logs_in_orders_and_gets_one_parcel()
    {
        await using var shop = await WholeShop.StartAsync();
        var door = shop["edge-router"];

        var page = await door.GetAsync("/");
        var item = await door.GetAsync("/catalogue/sock-03");
        var added = await door.PostAsync("/cart", new JsonObject { ["customer"] = "user1", ["item"] = "sock-03", ["quantity"] = 2 });
        var login = await door.PostAsync("/login", new JsonObject { ["username"] = "user1", ["password"] = "password1" });
        var order = await door.PostAsync("/orders", new JsonObject { ["customer"] = "user1" });

        Assert.Equal(9, page.Json["items"]!.AsArray().Count);
        Assert.Equal(3, page.Json["recommended"]!.AsArray().Count);
        Assert.Equal("Holy", (string?)item.Json["name"]);
        Assert.Equal([201, 200, 201], new[] { added.Status, login.Status, order.Status });
        Assert.Equal(199.98, (double)order.Json["total"]!, 2);
        Assert.Empty((await door.GetAsync("/cart?customer=user1")).Json["items"]!.AsArray());
        await Eventually.TrueAsync(async () => (int?)(await door.GetAsync($"/orders/{order.Json["id"]}")).Json["shipments"] == 1, "the parcel is sent");
    }

    [Fact]
    public async Task An_order_that_is_asked_for_twice_is_charged_and_placed_once()
    {
        await using var shop = await WholeShop.StartAsync();
        await shop["edge-router"].PostAsync("/cart", new JsonObject { ["customer"] = "user2", ["item"] = "sock-01" });
        var asked = new JsonObject { ["id"] = "0123456789abcdef", ["customer"] = "user2" };

        var first = await shop["orders"].PostAsync("/orders", asked);
        var second = await shop["orders"].PostAsync("/orders", asked);

        Assert.Equal([201, 200], new[] { first.Status, second.Status });
        Assert.Equal(1, await shop["external-payment"].MetricAsync("shop_charges_total{repeated=\"false\"}"));
        Assert.Null(await shop["external-payment"].MetricAsync("shop_charges_total{repeated=\"true\"}"));
    }

    [Fact]
    public async Task W4_with_a_time_limit_a_slow_payment_fails_the_checkout_and_without_one_it_hangs()
    {
        var release = new TaskCompletionSource();
        await using var payment = await Dependency.StartAsync(async (context, _) =>
        {
            await release.Task.WaitAsync(context.RequestAborted);
            await Dependency.WriteAsync(context, 200, """{"authorised":true}""");
        });
        await using var shop = await WholeShop.StartAsync();
        await using var limited = await shop.StartAnotherAsync("orders", $"PAYMENT_URL={payment.Url}", "PAYMENT_TIMEOUT=300ms", "PAYMENT_RETRIES=0");
        await using var patient = await shop.StartAnotherAsync("orders", $"PAYMENT_URL={payment.Url}", "PAYMENT_TIMEOUT=none");
        foreach (var customer in new[] { "user1", "user2" })
        {
            await shop["edge-router"].PostAsync("/cart", new JsonObject { ["customer"] = customer, ["item"] = "sock-01" });
        }

        var hanging = patient.PostAsync("/orders", new JsonObject { ["customer"] = "user1" });
        var failed = await limited.PostAsync("/orders", new JsonObject { ["customer"] = "user2" });
        await Eventually.TrueAsync(() => Task.FromResult(payment.Requests == 2), "both checkouts wait for the payment");
        var early = hanging.IsCompleted;
        release.SetResult();

        Assert.Equal(504, failed.Status);
        Assert.False(early);
        Assert.Equal(201, (await hanging).Status);
    }

    [Fact]
    public async Task A_task_whose_worker_dies_is_done_by_the_next_worker()
    {
        await using var broker = await ShopPod.StartReadyAsync("rabbitmq");
        var (asked, never) = (new TaskCompletionSource(), new TaskCompletionSource());
        await using var stuck = await Dependency.StartAsync(async (context, _) =>
        {
            asked.TrySetResult();
            await never.Task.WaitAsync(context.RequestAborted);
        });
        var dying = await ShopPod.StartReadyAsync("queue-master", $"RABBITMQ_URL={broker.Url}", $"SHIPPING_URL={stuck.Url}", "SHIPPING_TIMEOUT=none");
        await broker.PostAsync("/queues/shipping-tasks/messages?id=o1", new JsonObject { ["order"] = "o1" });
        await asked.Task.WaitAsync(ShopPod.Stop);
        await dying.DisposeAsync();

        await using var shipping = await Dependency.AnsweringAsync(201);
        await using var next = await ShopPod.StartReadyAsync("queue-master", $"RABBITMQ_URL={broker.Url}", $"SHIPPING_URL={shipping.Url}");

        await Eventually.TrueAsync(async () => (await broker.GetAsync("/queues/shipping-tasks")).Text == """{"ready":0,"taken":0}""", "the task is acknowledged");
        Assert.Equal(1, shipping.Requests);
    }

    [Fact]
    public async Task Metrics_carry_the_names_that_users_of_prometheus_expect()
    {
        await using var catalogue = await ShopPod.StartReadyAsync("catalogue-db");
        await catalogue.GetAsync("/docs/socks/sock-01");

        Assert.Equal(1, await catalogue.MetricAsync("http_requests_total{method=\"GET\",route=\"/docs/{collection}/{key}\",code=\"200\"}"));
        Assert.Equal(1, await catalogue.MetricAsync("http_request_duration_seconds_bucket{method=\"GET\",route=\"/docs/{collection}/{key}\",le=\"+Inf\"}"));
        Assert.True(await catalogue.MetricAsync("process_cpu_seconds_total") > 0);
        Assert.True(await catalogue.MetricAsync("process_resident_memory_bytes") > 1_000_000);
    }

    [Fact]
    public async Task More_requests_than_a_role_can_hold_are_refused_at_once()
    {
        var (asked, release) = (new TaskCompletionSource(), new TaskCompletionSource());
        await using var catalogue = await Dependency.StartAsync(async (context, _) =>
        {
            asked.TrySetResult();
            await release.Task.WaitAsync(context.RequestAborted);
            await Dependency.WriteAsync(context, 200, "{}");
        });
        await using var frontEnd = await ShopPod.StartReadyAsync("front-end", $"CATALOGUE_URL={catalogue.Url}", "CATALOGUE_TIMEOUT=15s", "MAX_CONCURRENT=1");
        var first = frontEnd.GetAsync("/catalogue");
        await asked.Task.WaitAsync(ShopPod.Stop);

        Assert.Equal(503, (await frontEnd.GetAsync("/catalogue")).Status);
        release.SetResult();
        Assert.Equal(200, (await first).Status);
    }
}
