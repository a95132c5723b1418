namespace Crater.Kubernetes.Client;

/// <summary>What goes through the API server to one pod.</summary>
public sealed partial class KubernetesClient
{
    /// <summary>One GET to a pod through the API server. The answer's status is a success; the caller disposes of it.</summary>
    /// <param name="path">Not rooted, with query when there is one.</param>
    public Task<HttpResponseMessage> GetFromPodAsync(string space, string pod, int port, string path, CancellationToken abort) =>
        _transport.SendRawAsync(
            new Call(HttpMethod.Get, "get", new Subject(Resource.Pods, space, pod, "proxy"), $"{Resource.Pods.Path(space, pod)}:{port}/proxy/{path}") { Accept = "*/*" },
            abort);
}
