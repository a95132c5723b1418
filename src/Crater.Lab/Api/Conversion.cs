using System.Text.Json.Nodes;
using Crater.Lab.Store;

namespace Crater.Lab.Api;

/// <summary>Between the form an object is stored in and the group and version it is served in, where the two differ.</summary>
internal static class Conversion
{
    /// <returns>The object itself when both forms are one.</returns>
    public static JsonObject ToServed(ResourceKind kind, JsonObject stored) => (kind.Group, kind.Version) switch
    {
        ("autoscaling", "v1") => AutoscalerV1(stored),
        ("events.k8s.io", _) => EventV1(stored),
        _ => stored,
    };

    public static JsonObject ToStored(ResourceKind kind, JsonObject read) => (kind.Group, kind.Version) switch
    {
        ("autoscaling", "v1") => AutoscalerV2(read),
        ("events.k8s.io", _) => CoreEvent(read),
        _ => read,
    };

    private static JsonObject AutoscalerV1(JsonObject stored)
    {
        var served = stored.DeepClone().AsObject();
        served["apiVersion"] = "autoscaling/v1";
        var cpu = stored.Each("spec", "metrics").FirstOrDefault(IsCpuShare);
        if (served["spec"] is JsonObject spec)
        {
            spec.Remove("metrics");
            spec.Remove("behavior");
            if (cpu?.At("resource", "target", "averageUtilization") is { } share)
            {
                spec["targetCPUUtilizationPercentage"] = share.DeepClone();
            }
        }

        if (served["status"] is JsonObject status)
        {
            status.Remove("conditions");
            status.Remove("currentMetrics");
        }

        return served;
    }

    private static JsonObject AutoscalerV2(JsonObject read)
    {
        read["apiVersion"] = "autoscaling/v2";
        if (read["spec"] is JsonObject spec && spec.Remove("targetCPUUtilizationPercentage", out var share) && share is not null)
        {
            spec["metrics"] = new JsonArray(new JsonObject
            {
                ["type"] = "Resource",
                ["resource"] = new JsonObject
                {
                    ["name"] = "cpu",
                    ["target"] = new JsonObject { ["type"] = "Utilization", ["averageUtilization"] = share.DeepClone() },
                },
            });
        }

        return read;
    }

    private static bool IsCpuShare(JsonObject metric) => metric.Text("resource", "name") == "cpu" && metric.Text("resource", "target", "type") == "Utilization";

    private static readonly (string Core, string New)[] EventNames =
        [("message", "note"), ("involvedObject", "regarding"), ("count", "deprecatedCount"), ("source", "deprecatedSource"),
            ("firstTimestamp", "deprecatedFirstTimestamp"), ("lastTimestamp", "deprecatedLastTimestamp"), ("reportingComponent", "reportingController")];

    private static JsonObject EventV1(JsonObject stored) => Renamed(stored, "events.k8s.io/v1", EventNames.Select(name => (name.Core, name.New)));

    private static JsonObject CoreEvent(JsonObject read) => Renamed(read, "v1", EventNames.Select(name => (name.New, name.Core)));

    private static JsonObject Renamed(JsonObject original, string apiVersion, IEnumerable<(string From, string To)> names)
    {
        var copy = original.DeepClone().AsObject();
        copy["apiVersion"] = apiVersion;
        foreach (var (from, to) in names)
        {
            if (copy.Remove(from, out var value))
            {
                copy[to] = value;
            }
        }

        return copy;
    }
}
