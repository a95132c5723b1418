using System.Text.Json.Nodes;
using Crater.EndToEnd.Tests.Lab;
using Crater.Kubernetes;
using Crater.Kubernetes.Client;
using Crater.Lab;
using Xunit;

namespace Crater.EndToEnd.Tests.Kubernetes;

/// <summary>
/// A cluster to test against, with a namespace of the test's own that goes with it: a lab, or with <c>CRATER_TEST_CLUSTER=1</c> the one that KUBECONFIG names
/// (one context). Pods there run <c>CRATER_TEST_IMAGE</c>, by default <c>busybox:1</c>, which has to have sh, sleep and tr.
/// </summary>
public sealed class TestCluster : IAsyncLifetime
{
    private readonly string _folder = Directory.CreateTempSubdirectory("crater-cluster-").FullName;
    private LabCluster? _lab;

    public KubernetesConnection Connection { get; private set; } = null!;

    public KubernetesClient Client => Connection.Client;

    public string Namespace { get; } = $"crater-test-{Environment.ProcessId}-{TimeProvider.System.GetUtcNow():HHmmssfff}";

    public string Image => _lab is null ? Environment.GetEnvironmentVariable("CRATER_TEST_IMAGE") ?? "busybox:1" : "host";

    public async ValueTask InitializeAsync()
    {
        var kubeconfig = "";
        if (Environment.GetEnvironmentVariable("CRATER_TEST_CLUSTER") != "1")
        {
            _lab = await LabFixture.StartAsync();
            kubeconfig = Path.Combine(_folder, "config");
            await File.WriteAllTextAsync(kubeconfig, _lab.KubeconfigText);
        }

        Connection = await KubernetesConnection.OpenAsync(new ConnectionOptions { Kubeconfig = kubeconfig }, TimeProvider.System, CancellationToken.None);
        await Client.CreateAsync(Resource.Namespaces, null, new JsonObject { ["metadata"] = new JsonObject { ["name"] = Namespace } }, CancellationToken.None);
    }

    public async ValueTask DisposeAsync()
    {
        if (_lab is null)
        {
            await Client.DeleteAsync(Resource.Namespaces, null, Namespace, new DeleteRequest(), CancellationToken.None);
        }

        Connection.Dispose();
        await (_lab?.DisposeAsync() ?? ValueTask.CompletedTask);
        Directory.Delete(_folder, recursive: true);
    }

    /// <summary>Starts a pod with one container and waits until it runs.</summary>
    public async Task RunAsync(string name, params string[] command)
    {
        await Client.CreateAsync(Resource.Pods, Namespace, new JsonObject
        {
            ["metadata"] = new JsonObject { ["name"] = name },
            ["spec"] = new JsonObject
            {
                ["terminationGracePeriodSeconds"] = 1,
                ["containers"] = new JsonArray(new JsonObject
                {
                    ["name"] = "main",
                    ["image"] = Image,
                    ["command"] = new JsonArray([.. command.Select(word => (JsonNode?)word)]),
                }),
            },
        }, TestContext.Current.CancellationToken);
        await LabFixture.UntilAsync(async () =>
            (await Client.GetAsync(Resource.Pods, Namespace, name, TestContext.Current.CancellationToken)).Text("status", "phase") == "Running", $"pod {name} runs");
    }
}
