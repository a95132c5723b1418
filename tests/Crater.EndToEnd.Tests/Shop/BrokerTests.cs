using System.Text.Json.Nodes;
using Xunit;

namespace Crater.EndToEnd.Tests.Shop;

public sealed class BrokerTests
{
    private const string Queue = "/queues/shipping-tasks";

    [Fact]
    public async Task A_message_that_is_not_acknowledged_is_delivered_again()
    {
        await using var broker = await ShopPod.StartReadyAsync("rabbitmq");
        await PublishAsync(broker, "a");

        var first = await broker.PostAsync($"{Queue}/take?lease=300ms");
        var meanwhile = await broker.PostAsync($"{Queue}/take");
        var again = await broker.PostAsync($"{Queue}/take?wait=5s");

        Assert.Equal(1, (int)first.Json["attempt"]!);
        Assert.Equal(204, meanwhile.Status);
        Assert.Equal("a", (string?)again.Json["id"]);
        Assert.Equal(2, (int)again.Json["attempt"]!);
    }

    [Fact]
    public async Task An_acknowledged_message_does_not_come_back()
    {
        await using var broker = await ShopPod.StartReadyAsync("rabbitmq");
        await PublishAsync(broker, "a");
        await broker.PostAsync($"{Queue}/take?lease=200ms");

        Assert.Equal(204, (await broker.SendAsync(HttpMethod.Delete, $"{Queue}/messages/a")).Status);

        Assert.Equal(204, (await broker.PostAsync($"{Queue}/take?wait=600ms")).Status);
    }

    [Fact]
    public async Task Messages_are_delivered_in_the_order_they_came()
    {
        await using var broker = await ShopPod.StartReadyAsync("rabbitmq");
        foreach (var id in new[] { "c", "a", "b" })
        {
            await PublishAsync(broker, id);
        }

        List<string?> taken = [];
        for (var i = 0; i < 3; i++)
        {
            taken.Add((string?)(await broker.PostAsync($"{Queue}/take")).Json["id"]);
        }

        Assert.Equal(["c", "a", "b"], taken);
    }

    [Fact]
    public async Task A_message_that_is_published_twice_is_there_once()
    {
        await using var broker = await ShopPod.StartReadyAsync("rabbitmq");
        await PublishAsync(broker, "a");
        await PublishAsync(broker, "a");

        Assert.Equal(1, (int)(await broker.GetAsync(Queue)).Json["ready"]!);
    }

    [Fact]
    public async Task A_waiting_taker_gets_the_message_when_it_is_published()
    {
        await using var broker = await ShopPod.StartReadyAsync("rabbitmq");
        var waiting = broker.PostAsync($"{Queue}/take?wait=10s");
        await PublishAsync(broker, "a");

        Assert.Equal("a", (string?)(await waiting).Json["id"]);
    }

    [Fact]
    public async Task Of_two_waiting_takers_the_one_without_a_message_waits_without_work()
    {
        await using var broker = await ShopPod.StartReadyAsync("rabbitmq");
        for (var i = 0; i < 5; i++)
        {
            var waiting = new[] { broker.PostAsync($"{Queue}/take?wait=2s&lease=60s"), broker.PostAsync($"{Queue}/take?wait=2s&lease=60s") };
            await PublishAsync(broker, $"m{i}");

            var answers = await Task.WhenAll(waiting);
            Assert.Single(answers, answer => answer.Status == 200);
            Assert.Single(answers, answer => answer.Status == 204);
        }

        // A taker that turned on a signal set for ever would have used these seconds up, and the heap with it.
        Assert.InRange(await broker.MetricAsync("process_cpu_seconds_total") ?? double.MaxValue, 0, 5);
    }

    [Fact]
    public async Task A_message_survives_the_death_of_the_broker_that_took_it()
    {
        await using var pair = await StorePair.StartAsync("rabbitmq");
        await PublishAsync(pair.First, "a");
        await pair.First.KillAsync();

        Assert.Equal("a", (string?)(await pair.Second.PostAsync($"{Queue}/take?wait=8s")).Json["id"]);
    }

    private static async Task PublishAsync(ShopPod broker, string id) =>
        Assert.Equal(202, (await broker.PostAsync($"{Queue}/messages?id={id}", new JsonObject { ["order"] = id })).Status);
}
