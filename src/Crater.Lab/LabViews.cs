using System.Text.Json.Nodes;

namespace Crater.Lab;

/// <summary>What the lab's own routes show, as JSON.</summary>
internal static class LabViews
{
    public static Func<JsonObject> EdgesOf(LabCluster lab) => () => new JsonObject
    {
        ["kind"] = "EdgeList",
        ["items"] = new JsonArray([.. lab.Edges.Select(edge => (JsonNode)new JsonObject
        {
            ["from"] = edge.From, ["to"] = edge.To, ["requests"] = edge.Requests, ["errors"] = edge.Errors,
            ["connections"] = edge.Connections, ["latencyP95Ms"] = Math.Round(edge.LatencyP95Ms, 3),
        })]),
    };

    public static Func<JsonObject> StatusOf(LabCluster lab) => () => new JsonObject
    {
        ["kind"] = "LabStatus",
        ["lifeLine"] = lab.LifeLine.ToString(),
        ["services"] = new JsonArray([.. lab.Services.Select(service => (JsonNode)new JsonObject
        {
            ["namespace"] = service.Namespace, ["name"] = service.Name, ["port"] = service.Port, ["outsideAddress"] = service.Address,
        })]),
    };
}

/// <summary>Where one port of a service is reached from outside of the cluster.</summary>
/// <param name="Address"><c>127.x.y.z:port</c></param>
public sealed record LabService(string Namespace, string Name, string Port, string Address);

/// <summary>What was seen on the way from one component to another since the lab began.</summary>
/// <param name="Errors">Requests answered with 5xx or cut off.</param>
/// <param name="LatencyP95Ms">Unit: milliseconds.</param>
public sealed record ObservedEdge(string From, string To, long Requests, long Errors, long Connections, double LatencyP95Ms);
