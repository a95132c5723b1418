using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Crater.Diagnostics;
using Crater.Kubernetes.Client;

namespace Crater.Kubernetes.Drivers;

/// <summary>
/// Undo data that may hold a secret (the contents of a config map, a whole workload with its environment), in a Secret beside the object: who may
/// read the one can be kept from reading the other. It is written before the act and deleted after the last thing that needs it.
/// </summary>
internal sealed class KeptData(KubernetesClient client, string space)
{
    /// <summary>The label of every such Secret.</summary>
    public const string Label = "crater.dev/kept";

    /// <summary>The id of the object that it belongs to.</summary>
    public const string TargetKey = "crater.dev/target";

    private const string Item = "undo";

    /// <summary>The same for everyone, so that it is found by whoever knows the injection.</summary>
    public static string NameOf(string injection) => $"crater-undo-{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(injection)))[..16]}";

    /// <summary>Writes it; what this injection has written already stays.</summary>
    /// <param name="isHeld">The mark stands here and not on the object, because the object goes away or there is none.</param>
    public async Task<JsonObject> PutAsync(Mark mark, string target, JsonNode data, bool isHeld, CancellationToken abort)
    {
        var name = NameOf(mark.Injection);
        var secret = new JsonObject
        {
            ["apiVersion"] = "v1",
            ["kind"] = "Secret",
            ["type"] = "crater.dev/undo",
            ["metadata"] = new JsonObject { ["name"] = name, ["namespace"] = space },
            ["data"] = new JsonObject { [Item] = Convert.ToBase64String(Encoding.UTF8.GetBytes(data.ToJsonString())) },
        };
        mark.PutOn(secret);
        secret["metadata"]!["annotations"]![TargetKey] = target;
        secret["metadata"]!["labels"]![Label] = "true";
        if (!isHeld)
        {
            secret["metadata"]!["labels"]!.AsObject().Remove(Mark.HeldLabel);
        }

        try
        {
            return await client.CreateAsync(Resource.Secrets, space, secret, abort);
        }
        catch (KubernetesException e) when (e.AlreadyExists)
        {
            return await client.GetAsync(Resource.Secrets, space, name, abort);
        }
    }

    public Task<JsonObject?> FindAsync(string injection, CancellationToken abort) => client.FindAsync(Resource.Secrets, space, NameOf(injection), abort);

    /// <exception cref="CraterException">CRT8084: it is gone or cannot be read.</exception>
    public async Task<JsonNode> ReadAsync(string injection, CancellationToken abort) => Read(await FindAsync(injection, abort), injection);

    /// <inheritdoc cref="ReadAsync"/>
    public JsonNode Read(JsonObject? secret, string injection)
    {
        try
        {
            if (JsonNode.Parse(Convert.FromBase64String(secret.Text("data", Item))) is { } data)
            {
                return data;
            }
        }
        catch (Exception e) when (e is FormatException or JsonException)
        {
            // The same error as for none at all.
        }

        throw new CraterException("CRT8084",
            $"The undo data of {injection} should be in the Secret '{space}/{NameOf(injection)}', which is gone or cannot be read. Restore the object by hand and remove its crater.dev annotations.");
    }

    /// <summary>Deletes it. Safe to repeat.</summary>
    public async Task DropAsync(string injection, CancellationToken budget)
    {
        try
        {
            await client.DeleteAsync(Resource.Secrets, space, NameOf(injection), new DeleteRequest(), budget);
        }
        catch (KubernetesException e) when (e.IsNotFound)
        {
            // Somebody else was there first.
        }
    }
}
