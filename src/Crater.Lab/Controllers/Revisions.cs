using System.Text.Json.Nodes;
using Crater.Lab.Store;

namespace Crater.Lab.Controllers;

/// <summary>The templates that a stateful or daemon set has had, as ControllerRevision objects, which <c>kubectl rollout history|undo</c> reads.</summary>
internal sealed class Revisions(Workbench work)
{
    private const string Resource = "controllerrevisions.apps";
    private const string HashLabel = "controller.kubernetes.io/hash";

    /// <summary>Makes the revision of the present template where it is missing, gives it the highest number and deletes the oldest beyond the limit.</summary>
    /// <returns>The names of the revision before (or this one) and of this one.</returns>
    public (string Current, string Updated) Ensure(JsonObject owner)
    {
        var hash = TemplateHash.Of(owner.At("spec", "template"), 0);
        var name = $"{owner.Name()}-{hash}";
        var all = work.Claimed(Resource, owner).OrderBy(one => one.Number("revision") ?? 0).ToList();
        var newest = all.Count == 0 ? 0 : all[^1].Number("revision") ?? 0;
        var found = all.Find(one => one.Name() == name);
        if (found is null)
        {
            work.Create(Resource, Make(owner, name, hash, newest + 1));
        }
        else if (found.Number("revision") < newest)
        {
            work.Update(Resource, found, revision => revision["revision"] = newest + 1);
        }

        foreach (var old in all.Where(one => one.Name() != name).Take(all.Count - 1 - owner.Count(10, "spec", "revisionHistoryLimit")))
        {
            work.Delete(Resource, old);
        }

        return (owner.Text("status", "currentRevision") is { Length: > 0 } current ? current : name, name);
    }

    private static JsonObject Make(JsonObject owner, string name, string hash, long number)
    {
        var template = owner.At("spec", "template")!.DeepClone().AsObject();
        template["$patch"] = "replace";
        var labels = owner.Map("spec", "template", "metadata", "labels")?.DeepClone().AsObject() ?? [];
        labels[HashLabel] = hash;
        var made = new JsonObject
        {
            ["metadata"] = new JsonObject { ["name"] = name, ["namespace"] = owner.Space(), ["labels"] = labels },
            ["revision"] = number,
            ["data"] = new JsonObject { ["spec"] = new JsonObject { ["template"] = template } },
        };
        Owners.Add(made, owner);
        return made;
    }
}
