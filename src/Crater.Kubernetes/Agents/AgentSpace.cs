using System.Text.Json.Nodes;
using Crater.Kubernetes.Client;

namespace Crater.Kubernetes.Agents;

/// <summary>The namespace of agent pods. On a cluster of people's it is theirs to make; a lab belongs to whoever started it.</summary>
internal sealed class AgentSpace(KubernetesClient client, AgentPodOptions options, bool isOurs)
{
    /// <summary>Makes it in a lab that has none; nothing elsewhere.</summary>
    public async Task MakeAsync(CancellationToken abort)
    {
        if (!isOurs || await client.FindAsync(Resource.Namespaces, null, options.Namespace, abort) is not null)
        {
            return;
        }

        var made = new JsonObject
        {
            ["apiVersion"] = "v1",
            ["kind"] = "Namespace",
            ["metadata"] = new JsonObject { ["name"] = options.Namespace, ["labels"] = new JsonObject { ["pod-security.kubernetes.io/enforce"] = "privileged" } },
        };
        try
        {
            await client.CreateAsync(Resource.Namespaces, null, made, abort);
        }
        catch (KubernetesException e) when (e.AlreadyExists)
        {
            // Another run was faster.
        }
    }
}
