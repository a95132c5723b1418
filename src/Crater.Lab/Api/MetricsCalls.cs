using System.Globalization;
using System.Text.Json.Nodes;
using Crater.Lab.Store;

namespace Crater.Lab.Api;

/// <summary>metrics.k8s.io: what the pods' processes use now, per pod and per node, as metrics-server tells it.</summary>
internal sealed class MetricsCalls(ResourceStore store, IPodRuntime runtime, TimeProvider clock)
{
    /// <summary>The span that a reading covers, as the API wants to be told; the nodes look at least that often.</summary>
    private const string Window = "10s";

    public Task AnswerAsync(ApiRequest request)
    {
        if (request.Http.Request.Method is not "GET")
        {
            throw ApiException.MethodNotAllowed();
        }

        var all = request.Kind.Plural == "pods" ? Pods(request) : Nodes();
        if (request.Name.Length > 0)
        {
            var one = all.FirstOrDefault(item => item.Name() == request.Name)
                ?? throw ApiException.NotFound(request.Kind.Qualified, request.Kind.IsNamespaced ? $"{request.Space}/{request.Name}" : request.Name);
            return StatusAnswer.WriteAsync(request.Http, 200, one);
        }

        return StatusAnswer.WriteListAsync(request.Http, new JsonObject
        {
            ["kind"] = request.Kind.Kind + "List",
            ["apiVersion"] = request.Kind.ApiVersion,
            ["metadata"] = new JsonObject(),
        }, all, isTyped: false);
    }

    private List<JsonObject> Pods(ApiRequest request)
    {
        var selection = Selection.Read(request);
        return [.. runtime.Usage()
            .Where(usage => request.Space.Length == 0 || usage.Namespace == request.Space)
            .GroupBy(usage => (usage.Namespace, usage.Pod))
            .Select(group => (Pod: store.Peek("pods", group.Key.Namespace, group.Key.Pod), Usage: group.ToList()))
            .Where(pair => pair.Pod is not null && selection.Matches(pair.Pod))
            .Select(pair => PodMetrics(pair.Pod!, pair.Usage))];
    }

    private JsonObject PodMetrics(JsonObject pod, List<ContainerUsage> usage)
    {
        var metrics = Metrics("PodMetrics", pod);
        metrics["containers"] = new JsonArray([.. usage.Select(one => (JsonNode)new JsonObject
        {
            ["name"] = one.Container, ["usage"] = Figures(one.Cores, one.Bytes),
        })]);
        return metrics;
    }

    private List<JsonObject> Nodes()
    {
        var nodeOf = store.Scan("pods").Items.ToDictionary(pod => (pod.Space(), pod.Name()), pod => pod.Text("spec", "nodeName"));
        var byNode = runtime.Usage().ToLookup(usage => nodeOf.GetValueOrDefault((usage.Namespace, usage.Pod), ""));
        return [.. store.Scan("nodes").Items.Select(node =>
        {
            var metrics = Metrics("NodeMetrics", node);
            metrics["usage"] = Figures(byNode[node.Name()].Sum(usage => usage.Cores), byNode[node.Name()].Sum(usage => usage.Bytes));
            return metrics;
        })];
    }

    private JsonObject Metrics(string kind, JsonObject of)
    {
        var metadata = new JsonObject { ["name"] = of.Name() };
        if (of.Space() is { Length: > 0 } space)
        {
            metadata["namespace"] = space;
        }

        metadata["creationTimestamp"] = clock.GetUtcNow().Stamp();
        if (of.Map("metadata", "labels") is { } labels)
        {
            metadata["labels"] = labels.DeepClone();
        }

        return new JsonObject
        {
            ["kind"] = kind,
            ["apiVersion"] = "metrics.k8s.io/v1beta1",
            ["metadata"] = metadata,
            ["timestamp"] = clock.GetUtcNow().Stamp(),
            ["window"] = Window,
        };
    }

    private static JsonObject Figures(double cores, long bytes) => new()
    {
        ["cpu"] = ((long)(cores * 1e9)).ToString(CultureInfo.InvariantCulture) + "n",
        ["memory"] = (bytes / 1024).ToString(CultureInfo.InvariantCulture) + "Ki",
    };
}
