using System.Text.Json.Nodes;
using Crater.Diagnostics;
using Xunit;

namespace Crater.EndToEnd.Tests.Shop;

/// <summary>Each switch of the shop that is code: what a shopper sees with the weakness and without.</summary>
public sealed class WeaknessTests
{
    private const string Sock = """{"id":"sock-05","name":"Nerd leg","price":7.99}""";
    private const string Socks = $$"""{"items":[{{Sock}}]}""";

    [Fact]
    public async Task W2_a_slow_start_is_alive_and_not_ready_and_fails_requests()
    {
        await using var catalogue = await ShopPod.StartAsync("catalogue", "START_DELAY=1m");

        Assert.Equal(200, (await catalogue.GetAsync("/healthz")).Status);
        Assert.Equal(503, (await catalogue.GetAsync("/ready")).Status);
        Assert.Equal(503, (await catalogue.GetAsync("/catalogue")).Status);
    }

    [Theory]
    [InlineData("unlimited", 200, 26)]
    [InlineData("1", 503, 2)]
    public async Task W5_unlimited_retries_call_until_it_works(string retries, int status, int calls)
    {
        await using var catalogue = await Dependency.StartAsync((context, number) => Dependency.WriteAsync(context, number <= 25 ? 503 : 200, Socks));
        await using var frontEnd = await ShopPod.StartReadyAsync("front-end", $"CATALOGUE_URL={catalogue.Url}", $"CATALOGUE_RETRIES={retries}");

        Assert.Equal(status, (await frontEnd.GetAsync("/catalogue")).Status);
        Assert.Equal(calls, catalogue.Requests);
    }

    [Fact]
    public async Task Retries_are_a_bounded_share_of_the_calls()
    {
        await using var catalogue = await Dependency.AnsweringAsync(503);
        await using var frontEnd = await ShopPod.StartReadyAsync("front-end", $"CATALOGUE_URL={catalogue.Url}", "CATALOGUE_RETRIES=3");
        for (var i = 0; i < 100; i++)
        {
            await frontEnd.GetAsync("/catalogue");
        }

        // A hundred calls, the ten retries that were saved up, and a fifth of a retry earned by each call.
        Assert.InRange(catalogue.Requests, 101, 130);
    }

    [Theory]
    [InlineData("unlimited", 10)]
    [InlineData("3", 3)]
    public async Task W6_an_unlimited_cache_grows_with_every_customer(string max, int remembered)
    {
        await using var catalogue = await Dependency.AnsweringAsync(200, Socks);
        await using var recommender = await ShopPod.StartReadyAsync("recommender", $"CATALOGUE_URL={catalogue.Url}", $"RECOMMENDER_CACHE_MAX={max}");
        for (var i = 0; i < 10; i++)
        {
            Assert.Equal(200, (await recommender.GetAsync($"/recommendations?customer=c{i}")).Status);
        }

        Assert.Equal(remembered, await recommender.MetricAsync("shop_recommendations_remembered"));
    }

    [Theory]
    [InlineData("hard", 502)]
    [InlineData("soft", 200)]
    public async Task W7_a_hard_cache_takes_the_login_with_it(string mode, int status)
    {
        await using var database = await ShopPod.StartReadyAsync("user-db");
        await using var user = await ShopPod.StartReadyAsync("user", $"USER_DB_URL={database.Url}", $"REDIS_URL=http://127.0.0.1:{ShopPod.FreePort()}", $"CACHE_MODE={mode}");

        Assert.Equal(status, (await user.PostAsync("/login", new JsonObject { ["username"] = "user1", ["password"] = "password1" })).Status);
    }

    [Fact]
    public async Task W7_a_soft_cache_finds_the_session_in_the_database_when_the_cache_is_gone()
    {
        await using var database = await ShopPod.StartReadyAsync("user-db");
        await using var cache = await ShopPod.StartReadyAsync("redis");
        await using var user = await ShopPod.StartReadyAsync("user", $"USER_DB_URL={database.Url}", $"REDIS_URL={cache.Url}");
        var login = await user.PostAsync("/login", new JsonObject { ["username"] = "user1", ["password"] = "password1" });
        await cache.KillAsync();

        Assert.Equal("user1", (string?)(await user.GetAsync($"/sessions/{login.Json["token"]}")).Json["customer"]);
    }

    [Fact]
    public async Task W8_only_the_probe_of_the_dependencies_fails_with_the_database()
    {
        await using var database = await ShopPod.StartReadyAsync("carts-db");
        await using var carts = await ShopPod.StartReadyAsync("carts", $"CARTS_DB_URL={database.Url}");
        Assert.Equal(200, (await carts.GetAsync("/healthz/dependencies")).Status);
        await database.KillAsync();

        Assert.Equal(503, (await carts.GetAsync("/healthz/dependencies")).Status);
        Assert.Equal(200, (await carts.GetAsync("/healthz")).Status);
    }

    [Theory]
    [InlineData("false", 2)]
    [InlineData("true", 1)]
    public async Task W9_a_task_delivered_twice_ships_twice_unless_shipping_is_idempotent(string idempotent, int shipments)
    {
        await using var database = await ShopPod.StartReadyAsync("orders-db");
        await using var shipping = await ShopPod.StartReadyAsync("shipping", $"ORDERS_DB_URL={database.Url}", $"SHIPPING_IDEMPOTENT={idempotent}");
        await shipping.PostAsync("/shipments", new JsonObject { ["order"] = "o1" });
        await shipping.PostAsync("/shipments", new JsonObject { ["order"] = "o1" });

        Assert.Equal(shipments, (await shipping.GetAsync("/shipments/o1")).Json["items"]!.AsArray().Count);
    }

    [Theory]
    [InlineData("2", 2)]
    [InlineData("32", 6)]
    public async Task W10_a_small_pool_lets_few_calls_through_at_a_time(string pool, int concurrent)
    {
        var together = new TaskCompletionSource();
        Dependency? database = null;
        await using var held = database = await Dependency.StartAsync(async (context, _) =>
        {
            if (database!.ConcurrentMost >= concurrent)
            {
                together.TrySetResult();
            }

            await together.Task.WaitAsync(context.RequestAborted);
            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System, context.RequestAborted);
            await Dependency.WriteAsync(context, 404, "{}");
        });
        await using var orders = await ShopPod.StartReadyAsync("orders", $"ORDERS_DB_URL={held.Url}", $"ORDERS_DB_POOL={pool}", "ORDERS_DB_TIMEOUT=15s", "RABBITMQ_URL=http://127.0.0.1:1");

        await Task.WhenAll(Enumerable.Range(0, 6).Select(i => orders.GetAsync($"/orders/{i}")));

        Assert.Equal(concurrent, held.ConcurrentMost);
    }

    [Fact]
    public async Task W11_a_graceful_front_end_answers_what_it_has_in_hand_and_ends_cleanly()
    {
        var (asked, release) = (new TaskCompletionSource(), new TaskCompletionSource());
        await using var catalogue = await HeldAsync(asked, release);
        await using var frontEnd = await ShopPod.StartReadyAsync("front-end", $"CATALOGUE_URL={catalogue.Url}", "CATALOGUE_TIMEOUT=15s");
        var inHand = frontEnd.GetAsync("/catalogue");
        await asked.Task.WaitAsync(ShopPod.Stop);
        frontEnd.Terminate();
        await Eventually.TrueAsync(async () => await RefusesAsync(frontEnd), "the front end takes no more requests");
        release.SetResult();

        Assert.Equal(200, (await inHand).Status);
        Assert.Equal(0, await frontEnd.ExitCodeAsync());
    }

    [Fact]
    public async Task W11_a_front_end_without_grace_drops_what_it_has_in_hand()
    {
        var (asked, release) = (new TaskCompletionSource(), new TaskCompletionSource());
        await using var catalogue = await HeldAsync(asked, release);
        await using var frontEnd = await ShopPod.StartReadyAsync("front-end", $"CATALOGUE_URL={catalogue.Url}", "CATALOGUE_TIMEOUT=15s", "GRACEFUL_SHUTDOWN=false");
        var inHand = frontEnd.GetAsync("/catalogue");
        await asked.Task.WaitAsync(ShopPod.Stop);
        frontEnd.Terminate();

        Assert.True(NoAnswer.Is(await Assert.ThrowsAnyAsync<Exception>(() => inHand)));
        release.SetResult();
    }

    private static Task<Dependency> HeldAsync(TaskCompletionSource asked, TaskCompletionSource release) => Dependency.StartAsync(async (context, _) =>
    {
        asked.TrySetResult();
        await release.Task.WaitAsync(ShopPod.Stop);
        await Dependency.WriteAsync(context, 200, Socks);
    });

    private static async Task<bool> RefusesAsync(ShopPod pod)
    {
        try
        {
            await pod.GetAsync("/healthz");
            return false;
        }
        catch (Exception e) when (NoAnswer.Is(e))
        {
            return true;
        }
    }
}
