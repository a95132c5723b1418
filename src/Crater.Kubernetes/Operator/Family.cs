using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Crater.Kubernetes.Client;

namespace Crater.Kubernetes.Operator;

/// <summary>What Schedules and Workflows make: objects that they own, so that whoever deletes the owner ends and deletes all of it.</summary>
internal sealed class Family(KubernetesClient client, Func<IEnumerable<JsonObject>> known)
{
    /// <summary>The longest name of an object.</summary>
    private const int NameMax = 253;

    /// <summary>All that the owner made, as last seen.</summary>
    public IReadOnlyList<JsonObject> Of(JsonObject owner)
    {
        var uid = owner.Uid();
        return [.. known().Where(child => child.Controller().Text("uid") == uid)];
    }

    /// <summary>One that the owner made; asks the cluster when it was not seen yet.</summary>
    public async Task<JsonObject?> FindAsync(Resource resource, JsonObject owner, string name, CancellationToken stop) =>
        Of(owner).FirstOrDefault(child => child.Name() == name) ?? await client.FindAsync(resource, owner.Namespace(), name, stop);

    /// <summary>Makes an object; one that is there already is the same one.</summary>
    public async Task MakeAsync(Resource resource, JsonObject owner, string name, JsonObject spec, CancellationToken stop)
    {
        try
        {
            await client.CreateAsync(resource, owner.Namespace(), new JsonObject
            {
                ["apiVersion"] = resource.ApiVersion,
                ["kind"] = resource.Kind,
                ["metadata"] = new JsonObject
                {
                    ["name"] = name,
                    ["namespace"] = owner.Namespace(),
                    ["ownerReferences"] = new JsonArray(new JsonObject
                    {
                        ["apiVersion"] = owner.Text("apiVersion"),
                        ["kind"] = owner.Text("kind"),
                        ["name"] = owner.Name(),
                        ["uid"] = owner.Uid(),
                        ["controller"] = true,
                    }),
                },
                ["spec"] = spec.DeepClone(),
            }, stop);
        }
        catch (KubernetesException e) when (e.AlreadyExists)
        {
            // Made before a death in between; its name is its time or its place.
        }
    }

    public async Task DeleteAsync(JsonObject child, CancellationToken stop)
    {
        try
        {
            await client.DeleteAsync(ResourceOf(child), child.Namespace(), child.Name(), new DeleteRequest { Uid = child.Uid() }, stop);
        }
        catch (KubernetesException e) when (e.IsNotFound || e.IsConflict)
        {
            // Gone, or another one of its name.
        }
    }

    public static bool IsOver(JsonObject child) => child.Text("status", "phase") is "Completed" or "Aborted" or "Failed" or "Invalid" or "Quarantined" or "Succeeded";

    public static Resource ResourceOf(JsonObject child) => child.Text("kind") == "Workflow" ? CraterKinds.Workflows : CraterKinds.Experiments;

    /// <summary>A name made of the owner's; where that is too long, its beginning and what tells it from others with the same.</summary>
    public static string ChildName(string owner, string suffix)
    {
        var full = $"{owner}-{suffix}";
        if (full.Length <= NameMax)
        {
            return full;
        }

        var hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(full)))[..10];
        return $"{owner[..(NameMax - hash.Length - 1)].TrimEnd('-', '.')}-{hash}";
    }
}
