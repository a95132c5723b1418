using System.Globalization;
using System.Text.Json.Nodes;
using Crater.Lab.Api;
using Crater.Lab.Store;

namespace Crater.Benchmarks;

/// <summary>
/// How long does an inventory of a large cluster take, and how much memory? The lab's API server with hollow pods (API objects without a process) in this process;
/// <c>craterctl inventory</c> as a process of its own, from its start to its end. A deployment has five pods, a replica set and a service, and calls two others.
/// </summary>
internal static class DiscoveryScale
{
    private const int PodsPerDeployment = 5;
    private const int Spaces = 20;
    private const int Nodes = 200;
    private const int Runs = 5;

    /// <summary>What 10,000 pods may take.</summary>
    private const double SecondsMax = 3;
    private const double MebibytesMax = 300;

    public static async Task<int> RunAsync(string root, bool quick, TextWriter output, CancellationToken abort)
    {
        await output.WriteLineAsync($"The published craterctl inventory --json, whole process, {Environment.ProcessorCount} cores shared with the API server; the middle one of {Runs} runs\n");
        await output.WriteLineAsync("| pods | deployments | services | seconds | µs a pod | peak MiB |");
        await output.WriteLineAsync("|---|---|---|---|---|---|");
        var (program, kept) = (await PublishedProgram.PathAsync(root, abort), true);
        foreach (var pods in quick ? (int[])[1_000] : [1_000, 5_000, 10_000, 20_000])
        {
            var (seconds, mebibytes) = await MeasureAsync(program, pods, abort);
            kept &= pods != 10_000 || (seconds <= SecondsMax && mebibytes <= MebibytesMax);
            await output.WriteLineAsync(string.Create(CultureInfo.InvariantCulture,
                $"| {pods:N0} | {pods / PodsPerDeployment:N0} | {pods / PodsPerDeployment:N0} | {seconds:0.00} | {seconds * 1e6 / pods:0} | {mebibytes:0} |"));
        }

        await output.WriteLineAsync(kept ? "" : $"\n10,000 pods take more than {SecondsMax:0} s or {MebibytesMax:0} MiB.");
        return kept ? 0 : 1;
    }

    private static async Task<(double Seconds, double Mebibytes)> MeasureAsync(string binary, int pods, CancellationToken abort)
    {
        var store = new ResourceStore();
        Fill(store, pods);
        await using var api = new ApiServer(store, new Hollow(), TimeProvider.System, new ApiServerOptions());
        await api.StartAsync(abort);
        var folder = Directory.CreateTempSubdirectory("crater-scale-").FullName;
        try
        {
            var kubeconfig = Path.Combine(folder, "config");
            await File.WriteAllTextAsync(kubeconfig, api.Kubeconfig(), abort);
            var program = new TimedProgram([binary], folder, "craterctl");
            string[] arguments = ["inventory", "--kubeconfig", kubeconfig, "--json"];
            return (await program.WallAsync(arguments, Runs, abort), await program.PeakAsync(arguments, abort));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static void Fill(ResourceStore store, int pods)
    {
        for (var i = 0; i < Nodes; i++)
        {
            store.Create("nodes", Parse($$$"""
                {"apiVersion":"v1","kind":"Node","metadata":{"name":"node{{{i}}}","labels":{"topology.kubernetes.io/zone":"zone-{{{(char)('a' + (i % 3))}}}"}},
                 "status":{"conditions":[{"type":"Ready","status":"True"}],"nodeInfo":{"containerRuntimeVersion":"containerd://2.0"}} }
                """));
        }

        for (var i = 0; i < Spaces; i++)
        {
            store.Create("namespaces", Parse($$$"""{"apiVersion":"v1","kind":"Namespace","metadata":{"name":"{{{Space(i)}}}"}}"""));
        }

        for (var i = 0; i < pods / PodsPerDeployment; i++)
        {
            Deploy(store, i, pods / PodsPerDeployment);
        }
    }

    private static void Deploy(ResourceStore store, int i, int all)
    {
        var (name, space) = ($"app{i}", Space(i));
        // The next two of the same namespace, so that every namespace has chains of its own; the last ones call nobody.
        var calls = string.Join(',', new[] { i + Spaces, i + (2 * Spaces) }.Where(other => other < all && i / Spaces % 10 < 8)
            .Select((other, n) => $$$"""{"name":"BACKEND{{{n}}}_URL","value":"http://app{{{other}}}:8080/"}"""));
        var template = $$$"""
            {"metadata":{"labels":{"app":"{{{name}}}","team":"t{{{i % 7}}}"}},"spec":{"containers":[{"name":"main","image":"registry.example/{{{name}}}:1.{{{i}}}",
             "env":[{{{calls}}}],"ports":[{"containerPort":8080,"protocol":"TCP"}],"resources":{"limits":{"cpu":"500m","memory":"256Mi"},"requests":{"cpu":"100m","memory":"128Mi"}},
             "readinessProbe":{"httpGet":{"path":"/ready","port":8080,"scheme":"HTTP"},"periodSeconds":10,"failureThreshold":3},"terminationMessagePath":"/dev/termination-log",
             "volumeMounts":[{"name":"token","mountPath":"/var/run/secrets/kubernetes.io/serviceaccount","readOnly":true}]}],"restartPolicy":"Always","terminationGracePeriodSeconds":30,
             "dnsPolicy":"ClusterFirst","serviceAccountName":"default","schedulerName":"default-scheduler","volumes":[{"name":"token","projected":{"defaultMode":420}}]}}
            """;
        var spec = $$$"""{"replicas":{{{PodsPerDeployment}}},"selector":{"matchLabels":{"app":"{{{name}}}"}},"template":{{{template}}}}""";
        var deployment = store.Create("deployments.apps", Parse($$$"""{"apiVersion":"apps/v1","kind":"Deployment","metadata":{{{Meta(name, space, name, i, "")}}},"spec":{{{spec}}}}"""));
        var set = store.Create("replicasets.apps", Parse(
            $$$"""{"apiVersion":"apps/v1","kind":"ReplicaSet","metadata":{{{Meta($"{name}-5d4", space, name, i, Owner("Deployment", name, deployment))}}},"spec":{{{spec}}}}"""));
        store.Create("services", Parse($$$"""
            {"apiVersion":"v1","kind":"Service","metadata":{{{Meta(name, space, name, i, "")}}},"spec":{"type":"ClusterIP","clusterIP":"10.0.{{{i / 250}}}.{{{i % 250}}}",
             "selector":{"app":"{{{name}}}"},"ports":[{"name":"http","port":8080,"targetPort":8080,"protocol":"TCP"}]}}
            """));
        for (var pod = 0; pod < PodsPerDeployment; pod++)
        {
            var body = Parse(template);
            var made = Parse($$$"""
                {"apiVersion":"v1","kind":"Pod","metadata":{{{Meta($"{name}-5d4-{pod}", space, name, i, Owner("ReplicaSet", $"{name}-5d4", set))}}},
                 "status":{"phase":"Running","qosClass":"Burstable","hostIP":"192.168.0.1","podIP":"10.1.{{{i / 250}}}.{{{i % 250}}}","startTime":"2026-01-01T00:00:00Z",
                  "conditions":[{"type":"Ready","status":"True","lastTransitionTime":"2026-01-01T00:00:00Z"},{"type":"PodScheduled","status":"True","lastTransitionTime":"2026-01-01T00:00:00Z"}],
                  "containerStatuses":[{"name":"main","ready":true,"started":true,"restartCount":{{{pod % 2}}},"image":"registry.example/{{{name}}}:1.{{{i}}}","imageID":"sha256:0123456789abcdef","state":{"running":{"startedAt":"2026-01-01T00:00:00Z"}} }]}}
                """);
            made["spec"] = body["spec"]!.DeepClone();
            made["spec"]!["nodeName"] = $"node{((i * PodsPerDeployment) + pod) % Nodes}";
            store.Create("pods", made);
        }
    }

    private static string Meta(string name, string space, string app, int i, string owner) =>
        $$$"""{"name":"{{{name}}}","namespace":"{{{space}}}","uid":"{{{space}}}-{{{name}}}","labels":{"app":"{{{app}}}","team":"t{{{i % 7}}}"},"annotations":{"example.com/commit":"0123456789abcdef0123456789abcdef01234567"}{{{owner}}}}""";

    private static string Owner(string kind, string name, JsonObject of) =>
        $$$""","ownerReferences":[{"apiVersion":"apps/v1","kind":"{{{kind}}}","name":"{{{name}}}","uid":"{{{of["metadata"]!["uid"]}}}","controller":true,"blockOwnerDeletion":true}]""";

    private static string Space(int i) => $"space{i % Spaces}";

    private static JsonObject Parse(string json) => JsonNode.Parse(json)!.AsObject();

    private sealed class Hollow : IPodRuntime
    {
        public Task<bool> CopyLogAsync(LogRequest request, Stream to, CancellationToken stop) => Task.FromResult(false);

        public IReadOnlyList<ContainerUsage> Usage() => [];
    }
}
