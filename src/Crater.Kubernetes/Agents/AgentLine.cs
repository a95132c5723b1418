using System.Net;
using System.Net.Sockets;
using System.Text.Json.Nodes;
using Crater.Kubernetes.Client;

namespace Crater.Kubernetes.Agents;

/// <summary>How agent pods are spoken with: through the API server's port-forward.</summary>
internal class AgentLine(KubernetesClient client)
{
    /// <summary>One connection to craterd in the pod.</summary>
    public virtual Task<Stream> ConnectAsync(JsonObject pod, int port, CancellationToken abort) => client.ConnectToPodAsync(pod.Namespace(), pod.Name(), port, abort);

    /// <summary>On a cluster of people's, its namespaces are theirs to make.</summary>
    public virtual Task MakeNamespaceAsync(string space, CancellationToken abort) => Task.CompletedTask;
}

/// <summary>The same in a lab, which belongs to whoever started it and whose pods are reached on this machine's loopback.</summary>
internal sealed class LabLine(KubernetesClient client) : AgentLine(client)
{
    private readonly KubernetesClient _client = client;

    public override async Task<Stream> ConnectAsync(JsonObject pod, int port, CancellationToken abort)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        try
        {
            await socket.ConnectAsync(new IPEndPoint(IPAddress.Parse(pod.Text("status", "podIP")), port), abort);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    public override async Task MakeNamespaceAsync(string space, CancellationToken abort)
    {
        if (await _client.FindAsync(Resource.Namespaces, null, space, abort) is null)
        {
            var made = new JsonObject
            {
                ["apiVersion"] = "v1",
                ["kind"] = "Namespace",
                ["metadata"] = new JsonObject { ["name"] = space, ["labels"] = new JsonObject { ["pod-security.kubernetes.io/enforce"] = "privileged" } },
            };
            try
            {
                await _client.CreateAsync(Resource.Namespaces, null, made, abort);
            }
            catch (KubernetesException e) when (e.AlreadyExists)
            {
                // Another run was faster.
            }
        }
    }
}
