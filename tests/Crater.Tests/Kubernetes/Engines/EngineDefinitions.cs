using System.Text.Json.Nodes;
using Crater.Kubernetes.Client;

namespace Crater.Tests.Kubernetes.Engines;

/// <summary>
/// The custom resource definitions of other engines, as far as their published manifests bind a client: names, scopes, versions, which fields are checked, that
/// unknown fields are kept, and that there is no status subresource.
/// </summary>
internal static class EngineDefinitions
{
    public static readonly Resource Definitions = new("apiextensions.k8s.io", "v1", "customresourcedefinitions", "CustomResourceDefinition", false);

    private const string Open = """{"type":"object","x-kubernetes-preserve-unknown-fields":true}""";

    private const string EngineSpec = """
        {"type":"object","x-kubernetes-preserve-unknown-fields":true,"properties":{
          "engineState":{"type":"string","pattern":"^(active|stop)$"},
          "jobCleanUpPolicy":{"type":"string","pattern":"^(delete|retain)$"},
          "defaultHealthCheck":{"type":"boolean"},
          "chaosServiceAccount":{"type":"string"},
          "terminationGracePeriodSeconds":{"type":"integer"},
          "auxiliaryAppInfo":{"type":"string"},
          "appinfo":{"type":"object","properties":{
            "appkind":{"type":"string","pattern":"^(^$|deployment|statefulset|daemonset|deploymentconfig|rollout)$"},
            "applabel":{"type":"string"},"appns":{"type":"string"}}},
          "experiments":{"type":"array","items":{"type":"object","x-kubernetes-preserve-unknown-fields":true,"properties":{"name":{"type":"string"}}}}}}
        """;

    private static readonly string[] Meshes = ["PodChaos", "NetworkChaos", "StressChaos", "IOChaos", "TimeChaos", "DNSChaos", "HTTPChaos", "PodNetworkChaos", "PodIOChaos", "PodHttpChaos"];

    public static IEnumerable<JsonObject> Litmus(string version = "v1alpha1") =>
    [
        Of("litmuschaos.io", "chaosengines", "ChaosEngine", version, EngineSpec),
        Of("litmuschaos.io", "chaosexperiments", "ChaosExperiment", version, Open),
        Of("litmuschaos.io", "chaosresults", "ChaosResult", version, Open),
    ];

    public static IEnumerable<JsonObject> ChaosMesh() => Meshes.Select(kind => Of("chaos-mesh.org", kind.ToLowerInvariant(), kind, "v1alpha1", Open));

    public static async Task InstallAsync(KubernetesClient client, IEnumerable<JsonObject> definitions, CancellationToken abort)
    {
        foreach (var definition in definitions)
        {
            await client.CreateAsync(Definitions, null, definition, abort);
        }
    }

    private static JsonObject Of(string group, string plural, string kind, string version, string spec) => JsonNode.Parse($$$$$"""
        {"apiVersion":"apiextensions.k8s.io/v1","kind":"CustomResourceDefinition","metadata":{"name":"{{{{{plural}}}}}.{{{{{group}}}}}"},
         "spec":{"group":"{{{{{group}}}}}","scope":"Namespaced","names":{"kind":"{{{{{kind}}}}}","listKind":"{{{{{kind}}}}}List","plural":"{{{{{plural}}}}}","singular":"{{{{{kind.ToLowerInvariant()}}}}}"},
           "versions":[{"name":"{{{{{version}}}}}","served":true,"storage":true,"subresources":{},
             "schema":{"openAPIV3Schema":{"type":"object","properties":{"apiVersion":{"type":"string"},"kind":{"type":"string"},"metadata":{"type":"object"},
               "spec":{{{{{spec}}}}},"status":{{{{{Open}}}}}}}}}]}}
        """)!.AsObject();
}
