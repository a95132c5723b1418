using System.Text.Json.Nodes;
using Xunit;

namespace Crater.EndToEnd.Tests.Shop;

public sealed class StoreTests
{
    [Fact]
    public async Task A_write_is_with_the_follower_before_it_is_acknowledged()
    {
        await using var pair = await StorePair.StartAsync("orders-db");
        for (var i = 0; i < 20; i++)
        {
            Assert.Equal(204, (await pair.First.SendAsync(HttpMethod.Put, $"/docs/orders/{i}", new JsonObject { ["n"] = i })).Status);
        }

        await pair.First.KillAsync();

        for (var i = 0; i < 20; i++)
        {
            Assert.Equal(i, (int)(await pair.Second.GetAsync($"/docs/orders/{i}")).Json["n"]!);
        }
    }

    [Fact]
    public async Task Writes_go_on_without_the_follower_and_reach_it_when_it_is_back()
    {
        await using var pair = await StorePair.StartAsync("orders-db");
        await pair.First.KillAsync();
        Assert.Equal(204, (await pair.Second.SendAsync(HttpMethod.Put, "/docs/orders/late", new JsonObject { ["n"] = 7 })).Status);

        await using var back = await pair.RestartFirstAsync();
        await pair.Second.KillAsync();

        Assert.Equal(7, (int)(await back.GetAsync("/docs/orders/late")).Json["n"]!);
    }

    [Fact]
    public async Task A_deleted_document_does_not_come_back_with_a_follower_that_was_away()
    {
        await using var pair = await StorePair.StartAsync("carts-db");
        await pair.First.SendAsync(HttpMethod.Put, "/docs/carts/eve", new JsonObject { ["items"] = 1 });
        await pair.First.SendAsync(HttpMethod.Delete, "/docs/carts/eve");
        await pair.First.KillAsync();

        await using var back = await pair.RestartFirstAsync();

        Assert.Equal(404, (await back.GetAsync("/docs/carts/eve")).Status);
    }

    [Fact]
    public async Task Compare_and_set_through_both_replicas_at_once_loses_no_update()
    {
        await using var pair = await StorePair.StartAsync("carts-db");
        await pair.First.SendAsync(HttpMethod.Put, "/docs/carts/shared", new JsonObject { ["n"] = 0 });

        await Task.WhenAll(CountAsync(pair.First, 25), CountAsync(pair.Second, 25));

        Assert.Equal(50, (int)(await pair.First.GetAsync("/docs/carts/shared")).Json["n"]!);
        Assert.Equal(50, (int)(await pair.Second.GetAsync("/docs/carts/shared")).Json["n"]!);
    }

    [Fact]
    public async Task A_write_that_expects_an_older_version_is_refused()
    {
        await using var store = await ShopPod.StartReadyAsync("carts-db");
        await store.SendAsync(HttpMethod.Put, "/docs/carts/eve", new JsonObject { ["n"] = 1 });
        await store.SendAsync(HttpMethod.Put, "/docs/carts/eve", new JsonObject { ["n"] = 2 });

        Assert.Equal(412, (await store.SendAsync(HttpMethod.Put, "/docs/carts/eve", new JsonObject { ["n"] = 3 }, expected: 1)).Status);
    }

    [Fact]
    public async Task A_single_store_without_a_directory_forgets_when_it_is_killed()
    {
        var store = await ShopPod.StartReadyAsync("orders-db");
        await store.SendAsync(HttpMethod.Put, "/docs/orders/1", new JsonObject { ["n"] = 1 });
        await store.KillAsync();
        await store.DisposeAsync();

        await using var next = await ShopPod.StartReadyAsync("orders-db");

        Assert.Equal(404, (await next.GetAsync("/docs/orders/1")).Status);
    }

    [Fact]
    public async Task A_store_with_a_directory_finds_everything_but_the_torn_last_line()
    {
        var directory = Directory.CreateTempSubdirectory("shop-store");
        try
        {
            var store = await ShopPod.StartReadyAsync("orders-db", $"DATA_DIR={directory.FullName}");
            await store.SendAsync(HttpMethod.Put, "/docs/orders/1", new JsonObject { ["n"] = 1 });
            await store.KillAsync();
            await store.DisposeAsync();
            await File.AppendAllTextAsync(Path.Combine(directory.FullName, "orders-db.jsonl"), "{\"key\":\"orders/2\",\"ver", ShopPod.Stop);

            await using var next = await ShopPod.StartReadyAsync("orders-db", $"DATA_DIR={directory.FullName}");
            await next.SendAsync(HttpMethod.Put, "/docs/orders/3", new JsonObject { ["n"] = 3 });
            await next.KillAsync();
            await using var last = await ShopPod.StartReadyAsync("orders-db", $"DATA_DIR={directory.FullName}");

            Assert.Equal(200, await StatusAsync(last, 1));
            Assert.Equal(404, await StatusAsync(last, 2));
            Assert.Equal(200, await StatusAsync(last, 3));
        }
        finally
        {
            directory.Delete(recursive: true);
        }
    }

    [Fact]
    public async Task A_full_database_refuses_and_a_full_cache_drops_its_oldest()
    {
        await using var database = await ShopPod.StartReadyAsync("orders-db", "ENTRIES_MAX=2");
        await using var cache = await ShopPod.StartReadyAsync("redis", "ENTRIES_MAX=2");
        foreach (var pod in new[] { database, cache })
        {
            await pod.SendAsync(HttpMethod.Put, "/docs/x/1", new JsonObject());
            await pod.SendAsync(HttpMethod.Put, "/docs/x/2", new JsonObject());
        }

        Assert.Equal(507, (await database.SendAsync(HttpMethod.Put, "/docs/x/3", new JsonObject())).Status);
        Assert.Equal(204, (await cache.SendAsync(HttpMethod.Put, "/docs/x/3", new JsonObject())).Status);
        Assert.Equal(404, (await cache.GetAsync("/docs/x/1")).Status);
    }

    private static async Task<int> StatusAsync(ShopPod store, int order) => (await store.GetAsync($"/docs/orders/{order}")).Status;

    private static async Task CountAsync(ShopPod store, int times)
    {
        for (var done = 0; done < times;)
        {
            var read = await store.GetAsync("/docs/carts/shared");
            var written = await store.SendAsync(HttpMethod.Put, "/docs/carts/shared", new JsonObject { ["n"] = (int)read.Json["n"]! + 1 }, expected: read.Version);
            done += written.Status == 204 ? 1 : 0;
        }
    }
}
