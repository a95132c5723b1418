using System.Text.Json.Nodes;
using Crater.Lab.Api;
using Crater.Lab.Api.CustomResources;
using Crater.Lab.Store;

namespace Crater.Lab.Controllers;

/// <summary>Establishes custom resource definitions, and deletes a definition's objects before the definition goes.</summary>
internal sealed class DefinitionController(Workbench work) : IController
{
    private const string Finalizer = "customresourcecleanup.apiextensions.k8s.io";

    public IEnumerable<ObjectKey> Concerned(StoreEvent change) => change.Resource == CustomKinds.StoreName ? [ObjectKey.Of(change)] : [];

    public TimeSpan? Reconcile(ObjectKey key)
    {
        if (work.Find(key) is not { } definition)
        {
            return null;
        }

        if (definition.IsEnding())
        {
            return Empty(key, definition);
        }

        work.Store.Modify(key.Resource, key.Space, key.Name, stored =>
        {
            foreach (var (type, reason, message) in ((string, string, string)[])
                [("NamesAccepted", "NoConflicts", "no conflicts found"), ("Established", "InitialNamesAccepted", "the initial names have been accepted")])
            {
                PodBinding.SetCondition(stored, new JsonObject
                {
                    ["type"] = type,
                    ["status"] = "True",
                    ["lastTransitionTime"] = work.Now.Stamp(),
                    ["reason"] = reason,
                    ["message"] = message,
                });
            }

            var status = stored.Make("status");
            status["acceptedNames"] = stored.At("spec", "names")?.DeepClone();
            status["storedVersions"] = new JsonArray(
                [.. stored.Each("spec", "versions").Where(version => version.Flag("storage")).Select(version => (JsonNode)version.Text("name"))]);
            if (!stored.Texts("metadata", "finalizers").Contains(Finalizer))
            {
                stored.Make("metadata")["finalizers"] =
                    new JsonArray([.. stored.Texts("metadata", "finalizers").Append(Finalizer).Select(one => (JsonNode)one)]);
            }
        });
        return null;
    }

    private TimeSpan? Empty(ObjectKey key, JsonObject definition)
    {
        var resource = $"{definition.Text("spec", "names", "plural")}.{definition.Text("spec", "group")}";
        foreach (var item in work.Store.Scan(resource).Items.Where(item => !item.IsEnding()))
        {
            work.Delete(resource, item, "Background");
        }

        if (work.Store.Scan(resource).Items.Count > 0)
        {
            return TimeSpan.FromSeconds(1);
        }

        work.Store.Modify(key.Resource, key.Space, key.Name, stored => stored.Make("metadata")["finalizers"] = new JsonArray(
            [.. stored.Texts("metadata", "finalizers").Where(one => one != Finalizer).Select(one => (JsonNode)one)]));
        return null;
    }
}
