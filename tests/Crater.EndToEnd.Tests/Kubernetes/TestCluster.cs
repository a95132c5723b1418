using System.Text;
using System.Text.Json.Nodes;
using Crater.EndToEnd.Tests.Lab;
using Crater.Kubernetes;
using Crater.Kubernetes.Client;
using Crater.Kubernetes.Operator;
using Crater.Lab;
using Xunit;

namespace Crater.EndToEnd.Tests.Kubernetes;

/// <summary>
/// A cluster to test against: a lab, or with <c>CRATER_TEST_CLUSTER=1</c> the one that KUBECONFIG names (one context), which has to be there for tests alone: they drain
/// its nodes and give a service account of theirs every right. There tests take it in turns. What one made goes with it; a namespace or a definition that is there
/// already is nobody's to change, and the test fails. Pods run <c>CRATER_TEST_IMAGE</c>, by default <c>busybox:1</c>, which has to have sh, sleep and tr.
/// </summary>
public sealed class TestCluster : IAsyncLifetime
{
    private const string Account = "crater-test";
    private static readonly Resource[] Kinds = [CraterKinds.Experiments, CraterKinds.Workflows, CraterKinds.Schedules, CraterKinds.ChaosMeta];
    private static readonly Resource Bindings = new("rbac.authorization.k8s.io", "v1", "clusterrolebindings", "ClusterRoleBinding", false);
    private static readonly SemaphoreSlim Turn = new(1);
    private readonly string _folder = Directory.CreateTempSubdirectory("crater-cluster-").FullName;
    private readonly Stack<(Resource Resource, string? Namespace, string Name)> _made = new();
    private LabCluster? _lab;
    private bool _isMyTurn;
    private KubernetesConnection? _person;

    public static Resource Definitions { get; } = new("apiextensions.k8s.io", "v1", "customresourcedefinitions", "CustomResourceDefinition", false);

    public static bool IsReal { get; } = Environment.GetEnvironmentVariable("CRATER_TEST_CLUSTER") == "1";

    public KubernetesConnection Connection { get; private set; } = null!;

    public KubernetesClient Client => Connection.Client;

    /// <summary>A namespace of this test's own.</summary>
    public string Namespace { get; } = $"crater-test-{Environment.ProcessId}-{TimeProvider.System.GetUtcNow():HHmmssfff}";

    public string Image => IsReal ? Environment.GetEnvironmentVariable("CRATER_TEST_IMAGE") ?? "busybox:1" : "host";

    /// <summary>One context with an address, an authority and a token, which may do everything.</summary>
    public string Kubeconfig => Path.Combine(_folder, "config");

    public string KubeconfigText => File.ReadAllText(Kubeconfig);

    public Uri Address { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        if (IsReal)
        {
            await Turn.WaitAsync();
            _isMyTurn = true;
            _person = await KubernetesConnection.OpenAsync(new ConnectionOptions(), TimeProvider.System, CancellationToken.None);
            Address = _person.HttpClient.BaseAddress!;
            await MakeAsync(Resource.Namespaces, null, Named(Namespace));
            await File.WriteAllTextAsync(Kubeconfig, await AccountAsync());
        }
        else
        {
            _lab = await LabFixture.StartAsync();
            Address = _lab.ApiAddress;
            await File.WriteAllTextAsync(Kubeconfig, _lab.KubeconfigText);
        }

        Connection = await KubernetesConnection.OpenAsync(
            new ConnectionOptions { Kubeconfig = Kubeconfig, Client = new ClientOptions { RequestsPerSecond = 2000, Burst = 4000 } }, TimeProvider.System, CancellationToken.None);
        if (!IsReal)
        {
            await MakeAsync(Resource.Namespaces, null, Named(Namespace));
        }
    }

    public async ValueTask DisposeAsync()
    {
        try
        {
            while (IsReal && _made.TryPop(out var one))
            {
                await RemoveAsync(one.Resource, one.Namespace, one.Name);
            }
        }
        finally
        {
            Connection?.Dispose();
            _person?.Dispose();
            await (_lab?.DisposeAsync() ?? ValueTask.CompletedTask);
            Directory.Delete(_folder, recursive: true);
            if (_isMyTurn)
            {
                Turn.Release();
            }
        }
    }

    /// <summary>Makes an object that goes with the test.</summary>
    public async Task<JsonObject> MakeAsync(Resource resource, string? space, JsonObject made)
    {
        var created = await (_person?.Client ?? Client).CreateAsync(resource, space, made, CancellationToken.None);
        _made.Push((resource, space, created.Name()));
        return created;
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

    private static JsonObject Named(string name) => new() { ["metadata"] = new JsonObject { ["name"] = name } };

    // A kubeconfig of the same form as a lab's, whatever the person's own signs in with: tests take other accounts' places in it, or put a proxy before the address.
    private async Task<string> AccountAsync()
    {
        var client = _person!.Client;
        await client.CreateAsync(new Resource("", "v1", "serviceaccounts", "ServiceAccount", true), Namespace, Named(Account), CancellationToken.None);
        await MakeAsync(Bindings, null, JsonNode.Parse($$"""
            {"metadata": {"name": "{{Namespace}}"}, "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "cluster-admin"},
             "subjects": [{"kind": "ServiceAccount", "namespace": "{{Namespace}}", "name": "{{Account}}"}] }
            """)!.AsObject());
        var secret = Named(Account);
        secret["metadata"]!["annotations"] = new JsonObject { ["kubernetes.io/service-account.name"] = Account };
        secret["type"] = "kubernetes.io/service-account-token";
        await client.CreateAsync(Resource.Secrets, Namespace, secret, CancellationToken.None);
        await LabFixture.UntilAsync(async () => (secret = await client.GetAsync(Resource.Secrets, Namespace, Account, CancellationToken.None)).Text("data", "token").Length > 0, "the account has a token");
        return $$"""
            apiVersion: v1
            kind: Config
            current-context: test
            clusters:
            - name: test
              cluster:
                server: {{Address.ToString().TrimEnd('/')}}
                certificate-authority-data: {{secret.Text("data", "ca.crt")}}
            users:
            - name: test
              user:
                token: {{Encoding.UTF8.GetString(Convert.FromBase64String(secret.Text("data", "token")))}}
            contexts:
            - name: test
              context: {cluster: test, user: test}
            """;
    }

    private async Task RemoveAsync(Resource resource, string? space, string name)
    {
        var client = _person!.Client;
        if (Kinds.FirstOrDefault(kind => resource == Definitions && kind.QualifiedName == name) is { } defined)
        {
            // No operator is there any longer that would take its finalizer off, and without that neither the kind nor the namespace goes.
            foreach (var held in (await client.ListAsync(defined, null, ListQuery.All, CancellationToken.None)).Items.Where(one => one.Texts("metadata", "finalizers").Count > 0))
            {
                await client.PatchAsync(defined, held.Namespace(), held.Name(), PatchForm.Merge, new JsonObject { ["metadata"] = new JsonObject { ["finalizers"] = null } }, null, CancellationToken.None);
            }
        }

        if (await client.FindAsync(resource, space, name, CancellationToken.None) is not null)
        {
            await client.DeleteAsync(resource, space, name, new DeleteRequest(), CancellationToken.None);
            await LabFixture.UntilAsync(async () => await client.FindAsync(resource, space, name, CancellationToken.None) is null, $"{resource.Kind} {name} is gone");
        }
    }
}
