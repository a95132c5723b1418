using System.Text.Json.Nodes;
using Crater.Kubernetes.Client;
using Crater.Kubernetes.Discovery;
using Xunit;

namespace Crater.Tests.Kubernetes.Discovery;

/// <summary>What discovery keeps of thousands of objects.</summary>
public sealed class EssentialsTests
{
    private const string Pod = """
        {"metadata": {"name": "carts-1", "namespace": "shop", "uid": "u1", "resourceVersion": "7", "labels": {"app": "carts"}, "deletionTimestamp": "2026-01-01T00:00:00Z", "managedFields": [{"manager": "kubelet"}],
          "annotations": {"kubectl.kubernetes.io/last-applied-configuration": "{}", "crater.dev/tier": "1"}},
         "spec": {"nodeName": "node1", "containers": [{"name": "main", "image": "carts"}]},
         "status": {"phase": "Running", "conditions": [{"type": "PodScheduled", "status": "True"}, {"type": "Ready", "status": "False"}],
          "containerStatuses": [{"name": "main", "restartCount": 3}, {"name": "side", "restartCount": 2}]}}
        """;

    [Fact]
    public void Of_a_pod_that_something_owns_stays_who_whose_and_where_it_is_and_how_it_does()
    {
        var owned = JsonNode.Parse(Pod)!.AsObject();
        owned["metadata"]!["ownerReferences"] = JsonNode.Parse("""[{"kind": "ReplicaSet", "name": "carts", "uid": "u0", "controller": true, "apiVersion": "apps/v1"}]""");

        var kept = Essentials.Of(Resource.Pods, owned);
        Assert.Equal("""
            {"metadata":{"name":"carts-1","namespace":"shop","uid":"u1","resourceVersion":"7","deletionTimestamp":"2026-01-01T00:00:00Z","labels":{"app":"carts"},"ownerReferences":[{"kind":"ReplicaSet","name":"carts","uid":"u0","controller":true}]},
            "spec":{"nodeName":"node1"},
            "status":{"phase":"Running","conditions":[{"type":"Ready","status":"False"}],"containerStatuses":[{"restartCount":3},{"restartCount":2}]}}
            """.ReplaceLineEndings(""), kept.ToJsonString());
    }

    [Fact]
    public void A_pod_of_nobody_is_a_component_and_kept_whole_but_for_what_nobody_reads()
    {
        var kept = Essentials.Of(Resource.Pods, JsonNode.Parse(Pod)!.AsObject());

        Assert.Equal("carts", kept.At("spec").Objects("containers").Single().Text("image"));
        Assert.Equal("""{"crater.dev/tier":"1"}""", kept.At("metadata", "annotations")!.ToJsonString());
        Assert.Null(kept.At("metadata", "managedFields"));
    }
}
