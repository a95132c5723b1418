using System.Globalization;
using Crater.EndToEnd.Tests.CommandLine;
using Crater.EndToEnd.Tests.Lab;
using Crater.Lab;
using Xunit;

namespace Crater.EndToEnd.Tests.Samples;

/// <summary>
/// The upstream Sock Shop as far as the API knows it: deployments and services of its names, labels, ports and counts, in a lab whose pods are hollow. Its programs cannot be had
/// without a registry, so nothing here answers a shopper.
/// </summary>
public sealed class HollowShop : IAsyncLifetime
{
    private static readonly (string Name, int Port)[] Components =
    [
        ("carts", 80), ("carts-db", 27017), ("catalogue", 80), ("catalogue-db", 3306), ("front-end", 8079), ("orders", 80), ("orders-db", 27017), ("payment", 80),
        ("queue-master", 80), ("rabbitmq", 5672), ("session-db", 6379), ("shipping", 80), ("user", 80), ("user-db", 27017),
    ];

    private LabCluster? _lab;

    internal static IEnumerable<string> Names => Components.Select(one => one.Name);

    internal string Home { get; } = Directory.CreateTempSubdirectory("crater-socks-").FullName;

    public async ValueTask InitializeAsync()
    {
        var manifests = Path.Combine(Home, "shop.yaml");
        await File.WriteAllTextAsync(manifests, "apiVersion: v1\nkind: Namespace\nmetadata: {name: sock-shop}\n" + string.Concat(Components.Select(one => Manifest(one.Name, one.Port))));
        _lab = await LabCluster.StartAsync(
            new LabOptions { Nodes = 2, HollowNodes = 2, Kubeconfig = Path.Combine(Home, "kubeconfig"), Manifests = [manifests] }, TestContext.Current.CancellationToken);
        await LabFixture.UntilAsync(() => Names.All(name => (int?)_lab.Store.Get("deployments.apps", "sock-shop", name)?["status"]?["readyReplicas"] == 1), "all of the shop is ready");
    }

    public async ValueTask DisposeAsync()
    {
        await _lab!.DisposeAsync();
        Directory.Delete(Home, recursive: true);
    }

    internal async Task<Answer> RunAsync(string folder, params string[] arguments)
    {
        var environment = new Dictionary<string, string> { ["KUBECONFIG"] = Path.Combine(Home, "kubeconfig"), ["HOME"] = Home, ["NODE"] = "hollow1", ["CRATER_STATE_HOME"] = Path.Combine(Home, "state") };
        using var process = CraterProcess.Start(folder, environment, [CraterProcess.Program, .. arguments]);
        return await process.EndAsync();
    }

    private static string Manifest(string name, int port) => string.Create(CultureInfo.InvariantCulture, $$"""
        ---
        apiVersion: apps/v1
        kind: Deployment
        metadata: {name: {{name}}, namespace: sock-shop, labels: {name: {{name}} } }
        spec:
          replicas: 1
          selector: {matchLabels: {name: {{name}} } }
          template:
            metadata: {labels: {name: {{name}} } }
            spec:
              nodeSelector: {lab.crater.dev/hollow: "true"}
              tolerations: [{key: lab.crater.dev/hollow, operator: Exists}]
              containers:
                - {name: {{name}}, image: "weaveworksdemos/{{name}}:upstream", ports: [{containerPort: {{port}} }] }
        ---
        apiVersion: v1
        kind: Service
        metadata: {name: {{name}}, namespace: sock-shop, labels: {name: {{name}} } }
        spec: {selector: {name: {{name}} }, ports: [{port: {{(name == "front-end" ? 80 : port)}}, targetPort: {{port}} }] }

        """);
}
