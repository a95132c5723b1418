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

    /// <summary>Where a pod finds its service account, used where no kubeconfig is named and none lies in <c>~/.kube</c>.</summary>
    public string ServiceAccountFolder { get; init; } = InCluster.Folder;

    /// <summary>How much is asked of the cluster at most.</summary>
    public ClientOptions Client { get; init; } = new();

    /// <summary>Looks an environment variable up. Default: this process's environment.</summary>
    public Func<string, string?> Environment { get; init; } = System.Environment.GetEnvironmentVariable;
}

/// <summary>An open connection to one cluster as one user: what every verb of the command line starts from.</summary>
public sealed class KubernetesConnection : IDisposable
{
    /// <summary>A difference of the clocks that is said. 5 s: the Date header is to the second, and an answer takes a few.</summary>
    private static readonly TimeSpan SkewToSay = TimeSpan.FromSeconds(5);

    private readonly HttpClient _aside;

    private KubernetesConnection(ClusterAccess access, HttpClient http, KubernetesClient client, ClientOptions options, TimeProvider clock)
    {
        Access = access;
        HttpClient = http;
        Client = client;
        _aside = access.Open();
        Aside = new KubernetesClient(_aside, access.ContextName, clock, options);
    }

    public KubernetesClient Client { get; }

    /// <summary>
    /// The same user over connections and at a rate of its own: for the little that must not wait behind everything else that this process asks for: what it leads by, and
    /// the claims of many runs.
    /// </summary>
    public KubernetesClient Aside { get; }

    /// <summary>With base address and credentials; its time limit is infinite, so give each request its own.</summary>
    public HttpClient HttpClient { get; }

    public string ContextName => Access.ContextName;

    public required string Namespace { get; init; }

    /// <summary>For example <c>v1.32.4</c>.</summary>
    public required string ServerVersion { get; init; }

    /// <summary>The cluster is Crater's own lab: it serves <c>lab.crater.dev/v1</c>.</summary>
    public required bool IsLab { get; init; }

    /// <summary>To be said loudly, on every start.</summary>
    public required IReadOnlyList<string> Warnings { get; init; }

    /// <summary>How far the server's clock is ahead of this machine's; to the second or two. Leases are not judged by this machine's clock.</summary>
    public required TimeSpan ClockSkew { get; init; }

    private ClusterAccess Access { get; }

    /// <summary>Reads the kubeconfig, signs in and asks the cluster who it is.</summary>
    /// <exception cref="Diagnostics.CraterException">CRT50xx: the kubeconfig. CRT51xx: no answer. CRT52xx: the answer is no.</exception>
    public static async Task<KubernetesConnection> OpenAsync(ConnectionOptions options, TimeProvider clock, CancellationToken abort)
    {
        var access = AccessOf(options, clock);
        var http = access.Open();
        try
        {
            await access.SignInAsync(abort);
            var limits = options.Client with { SignIn = new SignInFacts(() => access.ClientCertificate?.Ends) };
            var client = new KubernetesClient(http, access.ContextName, clock, limits);
            var version = await client.RawAsync("version", abort);
            var skew = await client.ServerNowAsync(abort) - clock.GetUtcNow();
            return new KubernetesConnection(access, http, client, limits, clock)
            {
                Namespace = options.Namespace.Length > 0 ? options.Namespace : access.Namespace,
                ServerVersion = version.Text("gitVersion"),
                IsLab = await IsLabAsync(client, access.Server, abort),
                ClockSkew = skew,
                Warnings = [.. WarningsOf(access, skew)],
            };
        }
        catch
        {
            http.Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        HttpClient.Dispose();
        _aside.Dispose();
    }

    private static ClusterAccess AccessOf(ConnectionOptions options, TimeProvider clock) =>
        !Kubeconfig.IsThere(options.Kubeconfig, options.Environment) && InCluster.Find(options.Environment, options.ServiceAccountFolder, clock) is { } inside
            ? inside : Kubeconfig.Load(options.Kubeconfig, options.Environment).Access(options.Context, clock);

    private static IEnumerable<string> WarningsOf(ClusterAccess access, TimeSpan skew)
    {
        if (access.SkipsTlsVerification)
        {
            yield return $"Context '{access.ContextName}' skips the check of the server's certificate (insecure-skip-tls-verify): anyone in between can read the token and answer in the cluster's place.";
        }

        if (skew.Duration() >= SkewToSay)
        {
            yield return $"CRT5114: the API server's clock is {skew.Duration().TotalSeconds:0} s {(skew > TimeSpan.Zero ? "ahead of" : "behind")} this machine's. Leases and deadlines in the cluster are judged by the server's clock alone; "
                + "set this machine's all the same, since certificates and tokens are judged by both.";
        }
    }

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
