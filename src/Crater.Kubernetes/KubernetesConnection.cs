using Crater.Kubernetes.Client;

namespace Crater.Kubernetes;

/// <summary>What to connect to.</summary>
public sealed record ConnectionOptions
{
    /// <summary>A kubeconfig file; empty for KUBECONFIG, then <c>~/.kube/config</c>.</summary>
    public string Kubeconfig { get; init; } = "";

    /// <summary>The exact name of a context; empty is allowed only when there is no other.</summary>
    public string Context { get; init; } = "";

    /// <summary>The namespace to work in; empty for the context's own.</summary>
    public string Namespace { get; init; } = "";

    /// <summary>Looks an environment variable up. Default: this process's environment.</summary>
    public Func<string, string?> Environment { get; init; } = System.Environment.GetEnvironmentVariable;
}

/// <summary>An open connection to one cluster as one user: what every verb of the command line starts from.</summary>
public sealed class KubernetesConnection : IDisposable
{
    private KubernetesConnection(ClusterAccess access, HttpClient http, KubernetesClient client)
    {
        Access = access;
        HttpClient = http;
        Client = client;
    }

    public KubernetesClient Client { get; }

    /// <summary>With base address and credentials; its time limit is infinite, so give each request its own.</summary>
    public HttpClient HttpClient { get; }

    public string ContextName => Access.ContextName;

    public required string Namespace { get; init; }

    /// <summary>For example <c>v1.32.4</c>.</summary>
    public required string ServerVersion { get; init; }

    /// <summary>The cluster is Crater's own lab: it serves <c>lab.crater.dev/v1</c>.</summary>
    public required bool IsLab { get; init; }

    /// <summary>To be said loudly, on every start.</summary>
    public IReadOnlyList<string> Warnings => Access.SkipsTlsVerification
        ? [$"Context '{ContextName}' skips the check of the server's certificate (insecure-skip-tls-verify): anyone in between can read the token and answer in the cluster's place."]
        : [];

    private ClusterAccess Access { get; }

    /// <summary>Reads the kubeconfig, signs in and asks the cluster who it is.</summary>
    /// <exception cref="Diagnostics.CraterException">CRT50xx: the kubeconfig. CRT51xx: no answer. CRT52xx: the answer is no.</exception>
    public static async Task<KubernetesConnection> OpenAsync(ConnectionOptions options, TimeProvider clock, CancellationToken abort)
    {
        var access = Kubeconfig.Load(options.Kubeconfig, options.Environment).Access(options.Context);
        var http = access.Open();
        try
        {
            var client = new KubernetesClient(http, access.ContextName, clock);
            var version = await client.RawAsync("version", abort);
            return new KubernetesConnection(access, http, client)
            {
                Namespace = options.Namespace.Length > 0 ? options.Namespace : access.Namespace,
                ServerVersion = version.Text("gitVersion"),
                IsLab = await IsLabAsync(client, access.Server, abort),
            };
        }
        catch
        {
            http.Dispose();
            throw;
        }
    }

    public void Dispose() => HttpClient.Dispose();

    /// <summary>The lab listens on loopback only, so no other cluster is asked for a group that it cannot have.</summary>
    private static async Task<bool> IsLabAsync(KubernetesClient client, Uri server, CancellationToken abort)
    {
        // This also asks something that needs a valid token: /version is open to anyone on some clusters.
        await client.RawAsync("apis", abort);
        try
        {
            return server.IsLoopback && await client.RawAsync("apis/lab.crater.dev/v1/edges", abort) is not null;
        }
        catch (KubernetesException e) when (e.IsNotFound || e.IsForbidden)
        {
            return false;
        }
    }
}
