using System.Text.Json.Nodes;
using Crater.Kubernetes.Client;

namespace Crater.Tests.Kubernetes.Engines;

/// <summary>
/// The custom resource definitions of other engines, as far as their published manifests bind a client: names, scopes, versions, which fields are checked, that
/// unknown fields are kept, and that there is no status subresource. Where <c>CRATER_ENGINE_CRDS</c> names a folder with their own manifests (<c>litmus.yaml</c>, <c>chaos-mesh.yaml</c>),
/// those are installed instead, so that the same tests hold the drivers against the real schemas.
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

    /// <summary>What a kind of Chaos Mesh requires of its spec, where a client or its controller could miss it.</summary>
    private static readonly Dictionary<string, string> MeshSpecs = new()
    {
        ["StressChaos"] = Checked(""","required":["mode","selector"]""", """
            "stressors":{"type":"object","x-kubernetes-preserve-unknown-fields":true,"properties":{"cpu":{"type":"object","required":["workers"],"x-kubernetes-preserve-unknown-fields":true},
              "memory":{"type":"object","required":["workers"],"x-kubernetes-preserve-unknown-fields":true,"properties":{"oomScoreAdj":{"type":"integer","default":0}}}}}
            """),
        ["PodNetworkChaos"] = Checked("", Listed("tcs", "source", "type")),
        ["PodIOChaos"] = Checked(""","required":["volumeMountPath"]""", Listed("actions", "path", "percent", "type")),
        ["PodHttpChaos"] = Checked("", Listed("rules", "actions", "port", "selector", "target")),
    };

    private const string MeshStatus = """
        {"type":"object","x-kubernetes-preserve-unknown-fields":true,"required":["experiment"],"properties":{"experiment":{"type":"object","x-kubernetes-preserve-unknown-fields":true,"properties":{
          "desiredPhase":{"type":"string","enum":["Run","Stop"]},
          "containerRecords":{"type":"array","items":{"type":"object","x-kubernetes-preserve-unknown-fields":true,"required":["id","injectedCount","phase","recoveredCount","selectorKey"],"properties":{
            "events":{"type":"array","items":{"type":"object","x-kubernetes-preserve-unknown-fields":true,"required":["operation","timestamp","type"]}}}}}}}}}
        """;

    private static readonly string[] Meshes = ["PodChaos", "NetworkChaos", "StressChaos", "IOChaos", "TimeChaos", "DNSChaos", "HTTPChaos", "PodNetworkChaos", "PodIOChaos", "PodHttpChaos"];

    public static IEnumerable<JsonObject> Litmus(string version = "v1alpha1") => version == "v1alpha1" && Theirs("litmus.yaml") is { } theirs ? theirs :
    [
        Of("litmuschaos.io", "chaosengines", "ChaosEngine", version, EngineSpec),
        Of("litmuschaos.io", "chaosexperiments", "ChaosExperiment", version, Open),
        Of("litmuschaos.io", "chaosresults", "ChaosResult", version, Open),
    ];

    public static IEnumerable<JsonObject> ChaosMesh() => Theirs("chaos-mesh.yaml")?.Where(one => Meshes.Contains(one.Text("spec", "names", "kind"))) ?? Meshes.Select(kind =>
        Of("chaos-mesh.org", kind.ToLowerInvariant(), kind, "v1alpha1", MeshSpecs.GetValueOrDefault(kind, Open), kind != "PodChaos" && kind.StartsWith("Pod", StringComparison.Ordinal) ? Open : MeshStatus));

    public static async Task InstallAsync(KubernetesClient client, IEnumerable<JsonObject> definitions, CancellationToken abort)
    {
        foreach (var definition in definitions)
        {
            await client.CreateAsync(Definitions, null, definition, abort);
        }
    }

    private static List<JsonObject>? Theirs(string file) => Environment.GetEnvironmentVariable("CRATER_ENGINE_CRDS") is { Length: > 0 } folder
        ? Crater.Kubernetes.Install.Chart.Documents(File.ReadAllText(Path.Combine(folder, file))).ToList() : null;

    private static string Checked(string required, string properties) => $$$"""{"type":"object","x-kubernetes-preserve-unknown-fields":true{{{required}}},"properties":{{{{properties}}}}}""";

    private static string Listed(string field, params string[] required) =>
        $$$"""
        "{{{field}}}":{"type":"array","items":{"type":"object","x-kubernetes-preserve-unknown-fields":true,"required":["{{{string.Join("\",\"", required)}}}"]} }
        """;

    private static JsonObject Of(string group, string plural, string kind, string version, string spec, string status = Open) => JsonNode.Parse($$$$$"""
        {"apiVersion":"apiextensions.k8s.io/v1","kind":"CustomResourceDefinition","metadata":{"name":"{{{{{plural}}}}}.{{{{{group}}}}}"},
         "spec":{"group":"{{{{{group}}}}}","scope":"Namespaced","names":{"kind":"{{{{{kind}}}}}","listKind":"{{{{{kind}}}}}List","plural":"{{{{{plural}}}}}","singular":"{{{{{kind.ToLowerInvariant()}}}}}"},
           "versions":[{"name":"{{{{{version}}}}}","served":true,"storage":true,"subresources":{},
             "schema":{"openAPIV3Schema":{"type":"object","properties":{"apiVersion":{"type":"string"},"kind":{"type":"string"},"metadata":{"type":"object"},
               "spec":{{{{{spec}}}}},"status":{{{{{status}}}}}}}}}]}}
        """)!.AsObject();
}
