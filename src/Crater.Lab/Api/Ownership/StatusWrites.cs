using System.Text.Json.Nodes;
using Crater.Lab.Store;

namespace Crater.Lab.Api.Ownership;

/// <summary>Status written by a part of the cluster itself, straight into the store, with the account of who wrote it.</summary>
internal static class StatusWrites
{
    public static void Change(string resource, JsonObject stored, string manager, DateTimeOffset now, Action<JsonObject> change)
    {
        var before = new JsonObject { ["status"] = stored["status"]?.DeepClone() };
        change(stored);
        if (ResourceTable.Stored(resource) is not { } kind || JsonNode.DeepEquals(before["status"], stored["status"]))
        {
            return;
        }

        // Only the status is compared; what else the object holds is as it was.
        var after = new JsonObject { ["status"] = stored["status"]?.DeepClone(), ["metadata"] = new JsonObject() };
        before["metadata"] = new JsonObject { ["managedFields"] = stored.At("metadata", "managedFields")?.DeepClone() };
        ManagedFields.Track(kind, before, after, null, new Manager(manager, Manager.Update, kind.ApiVersion, "status"), now.Stamp());
        if (after.At("metadata", "managedFields") is { } managers)
        {
            stored.Make("metadata")["managedFields"] = managers.DeepClone();
        }
    }
}
