using System.Text.Json.Nodes;
using Crater.Lab.Store;

namespace Crater.Lab.Controllers;

/// <summary>Gives each namespace its account and authority, and empties one that is deleted before it goes.</summary>
internal sealed class NamespaceController(Workbench work) : IController
{
    private static readonly TimeSpan LookAgain = TimeSpan.FromSeconds(1);

    public IEnumerable<ObjectKey> Concerned(StoreEvent change)
    {
        if (change.Resource == "namespaces")
        {
            yield return ObjectKey.Of(change);
        }
        else if (change.Change == StoreChange.Deleted && change.Object.Space() is { Length: > 0 } space
            && (change.Object.Name() is "default" or "kube-root-ca.crt" || work.Store.Peek("namespaces", "", space).IsEnding()))
        {
            yield return new ObjectKey("namespaces", "", space);
        }
    }

    public TimeSpan? Reconcile(ObjectKey key)
    {
        if (work.Find(key) is not { } space)
        {
            return null;
        }

        if (!space.IsEnding())
        {
            Furnish(key.Name);
            return null;
        }

        return Empty(key);
    }

    private void Furnish(string space)
    {
        if (work.Store.Peek("serviceaccounts", space, "default") is null)
        {
            work.Create("serviceaccounts", Named(space, "default"));
        }

        if (work.Store.Peek("configmaps", space, "kube-root-ca.crt") is null)
        {
            var authority = Named(space, "kube-root-ca.crt");
            authority["data"] = new JsonObject { ["ca.crt"] = "" };
            work.Create("configmaps", authority);
        }
    }

    private TimeSpan? Empty(ObjectKey key)
    {
        var space = key.Name;
        List<(string Resource, JsonObject Item)> left = [];
        foreach (var resource in work.Store.Resources().Where(resource => resource is not ("namespaces" or "events")))
        {
            foreach (var item in work.Store.Scan(resource, space).Items)
            {
                if (!item.IsEnding())
                {
                    work.Delete(resource, item, "Background");
                }

                if (work.Store.Peek(resource, space, item.Name()) is { } there)
                {
                    left.Add((resource, there));
                }
            }
        }

        if (left.Count > 0)
        {
            work.Store.Modify(key.Resource, "", space, stored => NamespaceRemains.Say(stored, left, work.Now));
            return LookAgain;
        }

        foreach (var item in work.Store.Scan("events", space).Items)
        {
            work.Store.Remove("events", space, item.Name());
        }

        var others = work.Find(key).Texts("spec", "finalizers").Where(one => one != "kubernetes").ToList();
        if (others.Count == 0)
        {
            work.Store.Remove(key.Resource, "", space);
            return null;
        }

        // What else holds the namespace lifts its finalizer itself.
        work.Store.Modify(key.Resource, "", space, stored =>
        {
            if (stored.Texts("spec", "finalizers").Contains("kubernetes"))
            {
                stored.Make("spec")["finalizers"] = new JsonArray([.. others.Select(one => (JsonNode)one)]);
            }
        });
        return null;
    }

    private static JsonObject Named(string space, string name) =>
        new() { ["metadata"] = new JsonObject { ["name"] = name, ["namespace"] = space } };
}
