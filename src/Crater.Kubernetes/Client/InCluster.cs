using Crater.Diagnostics;

namespace Crater.Kubernetes.Client;

/// <summary>The cluster that this process runs in, as its pod's service account.</summary>
internal static class InCluster
{
    /// <summary>Where the kubelet puts the service account's files.</summary>
    public const string Folder = "/var/run/secrets/kubernetes.io/serviceaccount";

    /// <summary>Null outside of a pod.</summary>
    /// <exception cref="CraterException">CRT5012: in a pod, but its service account's files are not there or cannot be read.</exception>
    public static ClusterAccess? Find(Func<string, string?> environment, string folder, TimeProvider clock)
    {
        var (host, port) = (environment("KUBERNETES_SERVICE_HOST") ?? "", environment("KUBERNETES_SERVICE_PORT") ?? "");
        if (host.Length == 0 || port.Length == 0)
        {
            return null;
        }

        var server = new Uri($"https://{(host.Contains(':') ? $"[{host}]" : host)}:{port}/");
        try
        {
            var space = Path.Combine(folder, "namespace");
            var token = new TokenFile(Path.Combine(folder, "token"), certificate: null, clock);
            token.Current();
            return new ClusterAccess
            {
                ContextName = "in-cluster",
                Server = server,
                Namespace = File.Exists(space) ? File.ReadAllText(space).Trim() : "default",
                CertificateAuthority = File.ReadAllBytes(Path.Combine(folder, "ca.crt")),
                Credentials = token,
                Proxy = ProxyChoice.For(server, "", environment),
                Clock = clock,
            };
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or CraterException)
        {
            throw new CraterException("CRT5012",
                $"This is a pod (KUBERNETES_SERVICE_HOST is set), but its service account's files in {folder} cannot be read: {e.Message} "
                + "Leave automountServiceAccountToken on, or give a kubeconfig with --kubeconfig FILE.", e);
        }
    }
}
