using System.Text.Json.Nodes;
using Crater.Discovery;
using Crater.Kubernetes.Client;

namespace Crater.Kubernetes.Discovery;

/// <summary>Edges on which the lab's proxy has seen calls.</summary>
internal static class TrafficReader
{
    public static async Task<IReadOnlyList<Dependency>> ReadAsync(KubernetesClient client, CancellationToken abort)
    {
        try
        {
            return [.. (await client.RawAsync("apis/lab.crater.dev/v1/edges", abort)).Objects("items").Select(Edge)];
        }
        catch (KubernetesException e) when (e.IsNotFound)
        {
            return [];
        }
    }

    private static Dependency Edge(JsonObject edge)
    {
        var requests = edge.Integer("requests") ?? 0;
        var latencyMs = edge.At("latencyP95Ms") is JsonValue value && value.TryGetValue<double>(out var number) ? number : 0;
        return new Dependency(edge.Text("from"), edge.Text("to"), Dependencies.Observed, [new Evidence("traffic", $"traffic: {requests} requests seen")])
        {
            Traffic = new EdgeTraffic(requests, edge.Integer("errors") ?? 0, TimeSpan.FromMilliseconds(latencyMs)),
        };
    }
}
