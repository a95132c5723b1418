using System.Text.Json.Nodes;
using Crater.Lab.Store;

namespace Crater.Lab.Controllers;

/// <summary>
/// Deletes what has lost all its owners, and carries out foreground and orphaning deletion. It keeps an index from owner to dependents, so
/// that a deletion costs what it deletes and not a look at everything.
/// </summary>
internal sealed class GarbageCollector(Workbench work) : IController
{
    private readonly Dictionary<string, HashSet<ObjectKey>> _dependents = [];
    private readonly HashSet<string> _gone = [];

    public IEnumerable<ObjectKey> Concerned(StoreEvent change)
    {
        if (change.Resource == "events")
        {
            yield break;
        }

        var key = ObjectKey.Of(change);
        foreach (var owner in change.Previous.Each("metadata", "ownerReferences"))
        {
            Forget(owner.Text("uid"), key);
        }

        foreach (var owner in change.Object.Each("metadata", "ownerReferences"))
        {
            if (change.Change == StoreChange.Deleted)
            {
                Forget(owner.Text("uid"), key);
                yield return OwnerKey(owner, key.Space);
            }
            else
            {
                (_dependents.TryGetValue(owner.Text("uid"), out var known) ? known : _dependents[owner.Text("uid")] = []).Add(key);
            }
        }

        if (change.Change == StoreChange.Deleted)
        {
            foreach (var dependent in Release(change.Object.Uid()))
            {
                yield return dependent;
            }
        }
        else if (change.Object.IsEnding() || change.Object.Each("metadata", "ownerReferences").Any())
        {
            yield return key;
        }
    }

    public TimeSpan? Reconcile(ObjectKey key)
    {
        if (work.Find(key) is not { } item)
        {
            return null;
        }

        if (item.IsEnding())
        {
            Finalize(key, item);
            return null;
        }

        var owners = item.Each("metadata", "ownerReferences").ToList();
        var lost = owners.Where(owner => !Lives(owner, key.Space)).ToList();
        if (lost.Count == 0)
        {
            return null;
        }

        if (lost.Count == owners.Count)
        {
            work.Delete(key.Resource, item, "Background");
        }
        else
        {
            DropReferences(key, lost.Select(owner => owner.Text("uid")).ToHashSet());
        }

        return null;
    }

    private void Finalize(ObjectKey key, JsonObject item)
    {
        var finalizers = item.Texts("metadata", "finalizers").ToList();
        var dependents = _dependents.GetValueOrDefault(item.Uid(), []).ToList();
        bool Blocks(ObjectKey dependent) => work.Find(dependent).Each("metadata", "ownerReferences")
            .Any(owner => owner.Text("uid") == item.Uid() && owner.Flag("blockOwnerDeletion"));
        if (finalizers.Contains(ObjectDeletion.OrphanFinalizer))
        {
            foreach (var dependent in dependents)
            {
                DropReferences(dependent, [item.Uid()]);
            }

            Strip(key, ObjectDeletion.OrphanFinalizer);
        }
        else if (finalizers.Contains(ObjectDeletion.ForegroundFinalizer))
        {
            foreach (var found in dependents.Select(dependent => (Key: dependent, Item: work.Find(dependent))).Where(one => one.Item is not null))
            {
                if (!found.Item.IsEnding())
                {
                    work.Delete(found.Key.Resource, found.Item!, found.Key.Resource == "pods" ? "Background" : "Foreground");
                }
            }

            if (!dependents.Exists(Blocks))
            {
                Strip(key, ObjectDeletion.ForegroundFinalizer);
            }
        }
    }

    private void Strip(ObjectKey key, string finalizer) => work.Store.Modify(key.Resource, key.Space, key.Name, stored =>
    {
        var rest = stored.Texts("metadata", "finalizers").Where(one => one != finalizer).Select(one => (JsonNode)one).ToArray();
        stored.Make("metadata")["finalizers"] = new JsonArray(rest);
    });

    private void DropReferences(ObjectKey key, HashSet<string> uids) => work.Store.Modify(key.Resource, key.Space, key.Name, stored =>
    {
        var rest = stored.Each("metadata", "ownerReferences").Where(owner => !uids.Contains(owner.Text("uid"))).Select(owner => owner.DeepClone()).ToArray();
        if (rest.Length == 0)
        {
            stored.Make("metadata").Remove("ownerReferences");
        }
        else
        {
            stored.Make("metadata")["ownerReferences"] = new JsonArray(rest);
        }
    });

    private HashSet<ObjectKey> Release(string uid)
    {
        if (_dependents.Remove(uid, out var dependents))
        {
            _gone.Add(uid);
            return dependents;
        }

        return [];
    }

    private void Forget(string uid, ObjectKey key)
    {
        if (_dependents.TryGetValue(uid, out var known) && known.Remove(key) && known.Count == 0)
        {
            _dependents.Remove(uid);
        }
    }

    /// <summary>Whether the owner is there with that very uid. A kind that the lab does not serve counts as there: unknown is never deleted.</summary>
    private bool Lives(JsonObject owner, string space)
    {
        if (_gone.Contains(owner.Text("uid")))
        {
            return false;
        }

        var kind = Api.ResourceTable.BuiltIn.FirstOrDefault(one => one.Kind == owner.Text("kind") && one.ApiVersion == owner.Text("apiVersion"));
        return kind is null || work.Store.Peek(kind.StoreName, kind.IsNamespaced ? space : "", owner.Text("name")).Uid() == owner.Text("uid");
    }

    private static ObjectKey OwnerKey(JsonObject owner, string space)
    {
        var kind = Api.ResourceTable.BuiltIn.FirstOrDefault(one => one.Kind == owner.Text("kind") && one.ApiVersion == owner.Text("apiVersion"));
        return new ObjectKey(kind?.StoreName ?? "", kind is { IsNamespaced: false } ? "" : space, owner.Text("name"));
    }
}
