using System.Globalization;
using System.Text.Json.Nodes;
using Crater.Lab.Store;

namespace Crater.Lab.Controllers;

/// <summary>The revisions of a deployment: which replica set carries the current template, in what order they came, which are kept.</summary>
internal sealed class ReplicaSetHistory(Workbench work)
{
    public const string HashLabel = "pod-template-hash";

    /// <summary>Where a replica set is told how many pods its deployment wants, and how many it may have for a while.</summary>
    public const string DesiredMark = "deployment.kubernetes.io/desired-replicas";

    /// <inheritdoc cref="DesiredMark"/>
    public const string MostMark = "deployment.kubernetes.io/max-replicas";

    private const string Revision = "deployment.kubernetes.io/revision";
    private const string PastRevisions = "deployment.kubernetes.io/revision-history";

    /// <summary>What a replica set does not take over from its deployment.</summary>
    private static readonly string[] Own =
        ["kubectl.kubernetes.io/last-applied-configuration", Revision, PastRevisions, DesiredMark, MostMark, "deprecated.deployment.rollback.to"];

    /// <summary>The oldest replica set with the deployment's own template; null when there is none yet.</summary>
    public static JsonObject? Current(JsonObject deployment, IEnumerable<JsonObject> sets)
    {
        var template = WithoutHash(deployment.At("spec", "template"));
        return sets.Where(set => JsonNode.DeepEquals(WithoutHash(set.At("spec", "template")), template))
            .MinBy(set => set.Text("metadata", "creationTimestamp"), StringComparer.Ordinal);
    }

    /// <summary>What a replica set is told about its deployment's size; kubectl and people read it.</summary>
    public static Dictionary<string, string> SizeMarks(JsonObject deployment)
    {
        var wanted = deployment.Count(1, "spec", "replicas");
        var surge = deployment.Text("spec", "strategy", "type") == "Recreate" ? 0 : RollingLimits.Of(deployment).Surge;
        return new Dictionary<string, string>
        {
            [DesiredMark] = wanted.ToString(CultureInfo.InvariantCulture),
            [MostMark] = (wanted + surge).ToString(CultureInfo.InvariantCulture),
        };
    }

    /// <summary>Makes the replica set of the current template where it is missing, and gives it the newest revision.</summary>
    public JsonObject Ensure(JsonObject deployment, List<JsonObject> sets, JsonObject? current, int size)
    {
        var newest = sets.Where(set => set.Uid() != current?.Uid()).Select(RevisionOf).DefaultIfEmpty(0).Max() + 1;
        if (current is null)
        {
            current = Make(deployment, size, newest);
        }
        else if (RevisionOf(current) < newest)
        {
            var before = current.Text("metadata", "annotations", Revision);
            current = work.Update(ReplicaSetController.Resource, current, set =>
            {
                var notes = set.Make("metadata", "annotations");
                notes[Revision] = newest.ToString(CultureInfo.InvariantCulture);
                notes[PastRevisions] = string.Join(',', ((string[])[notes.Text(PastRevisions), before]).Where(text => text.Length > 0));
            });
        }

        CopyNotes(deployment, current);
        var revision = RevisionOf(current).ToString(CultureInfo.InvariantCulture);
        if (deployment.Text("metadata", "annotations", Revision) != revision)
        {
            work.Update(DeploymentController.Resource, deployment, changed => changed.Make("metadata", "annotations")[Revision] = revision, by: "status");
        }

        return current;
    }

    /// <summary>Deletes the oldest empty replica sets beyond revisionHistoryLimit.</summary>
    public void Trim(JsonObject deployment, List<JsonObject> old)
    {
        var idle = old.Where(set => set.Count(0, "spec", "replicas") == 0 && set.Count(0, "status", "replicas") == 0 && !set.IsEnding()).ToList();
        foreach (var set in idle.OrderBy(RevisionOf).Take(idle.Count - deployment.Count(10, "spec", "revisionHistoryLimit")))
        {
            work.Delete(ReplicaSetController.Resource, set);
        }
    }

    private static long RevisionOf(JsonObject set) => long.TryParse(set.Text("metadata", "annotations", Revision), out var revision) ? revision : 0;

    /// <summary>The replica set of the current template says whatever its deployment says: who changed it and why.</summary>
    private void CopyNotes(JsonObject deployment, JsonObject set)
    {
        var notes = deployment.Labels("metadata", "annotations")
            .Where(note => !Own.Contains(note.Key) && set.Text("metadata", "annotations", note.Key) != note.Value).ToList();
        if (notes.Count > 0)
        {
            work.Update(ReplicaSetController.Resource, set, changed =>
            {
                foreach (var (name, value) in notes)
                {
                    changed.Make("metadata", "annotations")[name] = value;
                }
            });
        }
    }

    private JsonObject Make(JsonObject deployment, int size, long revision)
    {
        var hash = TemplateHash.Of(deployment.At("spec", "template"), deployment.Count(0, "status", "collisionCount"));
        var template = deployment.At("spec", "template")!.DeepClone().AsObject();
        template.Make("metadata", "labels")[HashLabel] = hash;
        var selector = deployment.At("spec", "selector")!.DeepClone().AsObject();
        selector.Make("matchLabels")[HashLabel] = hash;
        var notes = new JsonObject { [Revision] = revision.ToString(CultureInfo.InvariantCulture) };
        foreach (var (name, value) in deployment.Labels("metadata", "annotations")
            .Where(pair => !Own.Contains(pair.Key)).Concat(SizeMarks(deployment)))
        {
            notes[name] = value;
        }

        var made = new JsonObject
        {
            ["metadata"] = new JsonObject
            {
                ["name"] = $"{deployment.Name()}-{hash}",
                ["namespace"] = deployment.Space(),
                ["labels"] = template.Map("metadata", "labels")!.DeepClone(),
                ["annotations"] = notes,
            },
            ["spec"] = new JsonObject { ["replicas"] = size, ["selector"] = selector, ["template"] = template },
        };
        if (deployment.At("spec", "minReadySeconds") is { } seconds)
        {
            made["spec"]!["minReadySeconds"] = seconds.DeepClone();
        }

        Owners.Add(made, deployment);
        try
        {
            made = work.Create(ReplicaSetController.Resource, made);
        }
        catch (Api.ApiException taken) when (taken.Reason == "AlreadyExists")
        {
            work.SetStatus(new ObjectKey(DeploymentController.Resource, deployment.Space(), deployment.Name()), deployment,
                status => status["collisionCount"] = status.Count(0, "collisionCount") + 1);
            throw;
        }

        if (size > 0)
        {
            work.Events.Record(deployment, "Normal", "ScalingReplicaSet", $"Scaled up replica set {made.Name()} from 0 to {size}", "deployment-controller");
        }

        return made;
    }

    private static JsonObject WithoutHash(JsonNode? template)
    {
        var copy = template?.DeepClone().AsObject() ?? [];
        copy.Map("metadata", "labels")?.Remove(HashLabel);
        return copy;
    }
}
