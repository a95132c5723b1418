using System.Globalization;
using System.Text.Json.Nodes;
using Crater.Kubernetes.Client;

namespace Crater.Kubernetes.Agents;

/// <summary>
/// The Secrets with the tokens of agent pods. One is deleted only as the very one that was seen, so that who leaves does not take the token of who comes; and one that lies there without a pod
/// is nobody's when it is older than its maker would have needed.
/// </summary>
internal sealed class AgentTokens(KubernetesClient client, AgentPodOptions options)
{
    /// <summary>Between a Secret and its pod there is one request.</summary>
    private static readonly TimeSpan MakingMax = TimeSpan.FromSeconds(15);

    public Task<JsonObject?> FindAsync(string name, CancellationToken abort) => client.FindAsync(Resource.Secrets, options.Namespace, name, abort);

    /// <summary>Makes one where no pod is.</summary>
    /// <returns>Null where somebody else makes one now, or one was cleared away: look again.</returns>
    public async Task<JsonObject?> MakeAsync(string name, string node, CancellationToken abort)
    {
        if (await FindAsync(name, abort) is { } there)
        {
            var made = DateTimeOffset.TryParse(there.Text("metadata", "creationTimestamp"), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var at) ? at : default;
            if (await client.ServerNowAsync(abort) - made > MakingMax)
            {
                await DropAsync(there, abort);
            }

            return null;
        }

        return await client.CreateAsync(Resource.Secrets, options.Namespace, AgentManifest.Secret(name, options, node, AgentManifest.NewToken()), abort);
    }

    /// <summary>Safe to repeat; nothing where it is another one by now.</summary>
    public async Task DropAsync(JsonObject? secret, CancellationToken budget)
    {
        try
        {
            if (secret is not null)
            {
                await client.DeleteAsync(Resource.Secrets, options.Namespace, secret.Name(), new DeleteRequest { Uid = secret.Uid() }, budget);
            }
        }
        catch (KubernetesException e) when (e.IsNotFound || e.IsConflict)
        {
            // Gone, or somebody else's.
        }
    }
}
