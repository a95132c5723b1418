using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Crater.Diagnostics;
using Crater.Discovery;
using Crater.Documents;
using Crater.Kubernetes.Client;
using Crater.Kubernetes.Discovery;

namespace Crater.Tests.Advice.Recall;

/// <summary>
/// Answers the lists that discovery asks for from manifests, with pods placed as a scheduler would: each on the next of three nodes in
/// three zones, or together where affinity demands it. The discovery that reads it is the real one.
/// </summary>
internal sealed class ManifestCluster : HttpMessageHandler
{
    private const int NodeCount = 3;

    private readonly List<JsonObject> _objects = [];

    public ManifestCluster(string manifests)
    {
        foreach (var text in manifests.Split("\n---\n", StringSplitOptions.RemoveEmptyEntries))
        {
            var document = DocumentReader.Read(text, DocumentFormat.Yaml);
            _objects.Add(document.Root?.ToJson() as JsonObject ?? throw CraterException.For("The manifest", document.Problems));
        }

        for (var i = 1; i <= NodeCount; i++)
        {
            _objects.Add(Node(i));
        }

        foreach (var workload in _objects.Where(o => Kind(o) is "Deployment" or "StatefulSet").ToArray())
        {
            Start(workload, _objects.Count);
        }
    }

    public static async Task<Topology> DiscoverAsync(string manifests, CancellationToken abort)
    {
        using var http = new HttpClient(new ManifestCluster(manifests)) { BaseAddress = new Uri("http://manifests/") };
        var client = new KubernetesClient(http, "manifests", TimeProvider.System);
        return await new KubernetesDiscovery(client, "v1.32.0", isLab: false).DiscoverAsync(new DiscoveryOptions(), abort);
    }

    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var parts = request.RequestUri!.AbsolutePath.Trim('/').Split('/');
        var space = parts is [.., "namespaces", var name, _] ? name : "";
        var isObject = parts is [.., "namespaces", _, _, _];
        var items = _objects.Where(o => Plural(Kind(o)) == parts[^1] && (space.Length == 0 || o["metadata"]!["namespace"]?.GetValue<string>() == space));
        var body = isObject
            ? new JsonObject { ["kind"] = "Status", ["status"] = "Failure", ["reason"] = "NotFound", ["code"] = 404 }
            : new JsonObject
            {
                ["kind"] = "List",
                ["metadata"] = new JsonObject { ["resourceVersion"] = "1" },
                ["items"] = new JsonArray([.. items.Select(o => o.DeepClone())]),
            };
        return Task.FromResult(new HttpResponseMessage(isObject ? HttpStatusCode.NotFound : HttpStatusCode.OK)
        {
            Content = new StringContent(body.ToJsonString(), Encoding.UTF8, "application/json"),
        });
    }

    private void Start(JsonObject workload, int offset)
    {
        var spec = workload["spec"]!;
        workload["metadata"]!["uid"] = $"uid-{_objects.Count}";
        var owner = workload;
        if (Kind(workload) == "Deployment")
        {
            owner = Owned(workload, "ReplicaSet", "apps/v1", Name(workload) + "-1", workload);
            owner["spec"] = new JsonObject { ["replicas"] = spec["replicas"]?.DeepClone(), ["selector"] = spec["selector"]!.DeepClone() };
            _objects.Add(owner);
        }

        var together = spec["template"]!["spec"]!["affinity"]?["podAffinity"]?["requiredDuringSchedulingIgnoredDuringExecution"] is not null;
        for (var i = 0; i < (spec["replicas"]?.GetValue<long>() ?? 1); i++)
        {
            var pod = Owned(workload, "Pod", "v1", $"{Name(workload)}-{i}", owner);
            pod["metadata"]!["labels"] = spec["template"]!["metadata"]!["labels"]!.DeepClone();
            pod["spec"] = spec["template"]!["spec"]!.DeepClone();
            pod["spec"]!["nodeName"] = $"node{((offset + (together ? 0 : i)) % NodeCount) + 1}";
            pod["status"] = new JsonObject
            {
                ["phase"] = "Running",
                ["conditions"] = new JsonArray(new JsonObject { ["type"] = "Ready", ["status"] = "True" }),
            };
            _objects.Add(pod);
        }
    }

    private JsonObject Owned(JsonObject workload, string kind, string version, string name, JsonObject owner) => new()
    {
        ["apiVersion"] = version,
        ["kind"] = kind,
        ["metadata"] = new JsonObject
        {
            ["name"] = name,
            ["namespace"] = workload["metadata"]!["namespace"]!.GetValue<string>(),
            ["uid"] = $"uid-{name}-{_objects.Count}",
            ["ownerReferences"] = new JsonArray(new JsonObject
            {
                ["kind"] = Kind(owner),
                ["name"] = Name(owner),
                ["uid"] = owner["metadata"]!["uid"]!.GetValue<string>(),
                ["controller"] = true,
            }),
        },
    };

    private static JsonObject Node(int i) => new()
    {
        ["apiVersion"] = "v1",
        ["kind"] = "Node",
        ["metadata"] = new JsonObject { ["name"] = $"node{i}", ["labels"] = new JsonObject { ["topology.kubernetes.io/zone"] = $"zone{i}" } },
        ["status"] = new JsonObject { ["conditions"] = new JsonArray(new JsonObject { ["type"] = "Ready", ["status"] = "True" }) },
    };

    private static string Kind(JsonObject o) => o["kind"]!.GetValue<string>();

    private static string Name(JsonObject o) => o["metadata"]!["name"]!.GetValue<string>();

    private static string Plural(string kind) => kind switch
    {
        "Ingress" => "ingresses",
        _ => kind.ToLowerInvariant() + "s",
    };
}
