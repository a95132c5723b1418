using System.Text.Json.Nodes;
using Crater.Lab.Store;

namespace Crater.Lab.Controllers;

/// <summary>Owner references: who made an object and goes on caring for it.</summary>
internal static class Owners
{
    public static JsonObject? ControllerOf(JsonNode? item) =>
        item.Each("metadata", "ownerReferences").FirstOrDefault(reference => reference.Flag("controller"));

    public static JsonObject Reference(JsonObject owner) => new()
    {
        ["apiVersion"] = owner.Text("apiVersion"),
        ["kind"] = owner.Text("kind"),
        ["name"] = owner.Name(),
        ["uid"] = owner.Uid(),
        ["controller"] = true,
        ["blockOwnerDeletion"] = true,
    };

    public static void Add(JsonObject item, JsonObject owner)
    {
        var metadata = item.Make("metadata");
        if (metadata["ownerReferences"] is not JsonArray references)
        {
            metadata["ownerReferences"] = references = [];
        }

        references.Add((JsonNode)Reference(owner));
    }

    public static void Remove(JsonObject item, JsonObject owner)
    {
        var rest = item.Each("metadata", "ownerReferences").Where(one => one.Text("uid") != owner.Uid()).Select(one => one.DeepClone()).ToArray();
        item.Make("metadata").Remove("ownerReferences");
        if (rest.Length > 0)
        {
            item.Make("metadata")["ownerReferences"] = new JsonArray(rest);
        }
    }

    /// <summary>The key of the controller of that kind, when the change is about something it controls; before and after the change.</summary>
    public static IEnumerable<ObjectKey> Controllers(StoreEvent change, string kind, string resource)
    {
        foreach (var version in (JsonObject?[])[change.Object, change.Previous])
        {
            if (ControllerOf(version) is { } reference && reference.Text("kind") == kind)
            {
                yield return new ObjectKey(resource, change.Object.Space(), reference.Text("name"));
            }
        }
    }
}
