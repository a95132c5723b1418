using System.Text;
using Crater.EndToEnd.Tests.Lab;
using Crater.Lab;
using Crater.Lab.Nodes;
using Xunit;

namespace Crater.EndToEnd.Tests.Shop;

/// <summary>The committed manifests in a lab: the same files as for any other cluster.</summary>
public sealed class ShopInLabTests
{
    /// <summary>For all pods of a shop to be ready on a machine that does other things as well.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);

    [Fact]
    public async Task The_fragile_shop_comes_up_and_a_shopper_can_order()
    {
        await using var lab = await StartAsync("fragile");
        await ReadyAsync(lab, pods: 18);

        Assert.Equal(201, await OrderAsync(lab));
        await Eventually.TrueAsync(
            () => Task.FromResult(lab.Edges.Any(edge => edge is { From: "deployment/sock-shop/shipping", To: "statefulset/sock-shop/orders-db" })), "the parcel is written");
        Assert.Contains(lab.Edges, edge => edge is { From: "deployment/sock-shop/front-end", To: "deployment/sock-shop/orders", Requests: >= 1 });
    }

    [Fact]
    public async Task The_stores_of_the_resilient_shop_find_each_other_and_a_shopper_can_order()
    {
        await using var lab = await StartAsync("resilient");
        await ReadyAsync(lab, pods: 34);

        Assert.Equal(201, await OrderAsync(lab));
        Assert.Contains(lab.Edges, edge => edge is { From: "statefulset/sock-shop/orders-db", To: "statefulset/sock-shop/orders-db", Errors: 0 });
    }

    private static Task<LabCluster> StartAsync(string shop) => LabCluster.StartAsync(
        new LabOptions
        {
            Images = new ImageMap().Add("crater/shop", [Path.Combine(AppContext.BaseDirectory, "shop")]),
            Manifests = [Path.Combine(Checkout.Root, "samples", "shop", shop)],
        },
        TestContext.Current.CancellationToken);

    private static async Task ReadyAsync(LabCluster lab, int pods)
    {
        var began = TimeProvider.System.GetTimestamp();
        while (true)
        {
            var all = lab.Store.List("pods", "sock-shop").Items;
            var waiting = all.Where(pod => !pod.IsReady()).Select(pod => $"{pod["metadata"]!["name"]}: {pod["status"]?["conditions"]?.ToJsonString()}").ToList();
            if (all.Count == pods && waiting.Count == 0)
            {
                return;
            }

            Assert.True(TimeProvider.System.GetElapsedTime(began) < Patience, $"{all.Count} pods, and not ready: {string.Join('\n', waiting)}");
            await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System, TestContext.Current.CancellationToken);
        }
    }

    private static async Task<int> OrderAsync(LabCluster lab)
    {
        var door = lab.Services.Single(service => service is { Namespace: "sock-shop", Name: "edge-router" }).Address;
        using var http = new HttpClient { Timeout = TimeSpan.FromSeconds(20) };
        var status = 0;
        // The first calls of cold processes on a busy machine may be too late for the shop's own time limits.
        await Eventually.TrueAsync(
            async () =>
            {
                using var body = new StringContent("""{"customer":"user1","item":"sock-01"}""", Encoding.UTF8, "application/json");
                using var answer = await http.PostAsync(new Uri($"http://{door}/orders"), body, TestContext.Current.CancellationToken);
                status = (int)answer.StatusCode;
                return status == 201;
            },
            "an order is placed");
        return status;
    }
}
