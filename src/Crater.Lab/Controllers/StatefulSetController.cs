using System.Globalization;
using System.Text.Json.Nodes;
using Crater.Lab.Store;

namespace Crater.Lab.Controllers;

/// <summary>Keeps pods with names and order: the next begins when all before it are ready, the last ends first.</summary>
internal sealed class StatefulSetController(Workbench work) : IController
{
    public const string Resource = "statefulsets.apps";

    private const string Component = "statefulset-controller";
    private const string RevisionLabel = "controller-revision-hash";

    /// <summary>
    /// How long a name stays free after its pod has gone. kubectl delete gets, lists and watches the pod that it deleted; a pod of the same
    /// name that is back between the first two makes it wait for ever. On a real node ending a pod takes about that long anyway.
    /// </summary>
    private static readonly TimeSpan NameRest = TimeSpan.FromSeconds(1);

    private readonly Revisions _revisions = new(work);
    private readonly Dictionary<(string Space, string Name), DateTimeOffset> _gone = [];

    public IEnumerable<ObjectKey> Concerned(StoreEvent change)
    {
        if (change.Resource == Resource)
        {
            return [ObjectKey.Of(change)];
        }

        if (change.Resource != "pods")
        {
            return [];
        }

        var owners = Owners.Controllers(change, "StatefulSet", Resource).ToList();
        if (change.Change == StoreChange.Deleted && owners.Count > 0)
        {
            _gone[(change.Object.Space(), change.Object.Name())] = work.Now;
        }

        return owners;
    }

    public TimeSpan? Reconcile(ObjectKey key)
    {
        if (work.Find(key) is not { } set || set.IsEnding())
        {
            return null;
        }

        var (current, updated) = _revisions.Ensure(set);
        var pods = work.Claimed("pods", set).Where(pod => OrdinalOf(set, pod) >= 0).ToDictionary(pod => OrdinalOf(set, pod));
        var isParallel = set.Text("spec", "podManagementPolicy") == "Parallel";
        var wanted = set.Count(1, "spec", "replicas");
        var start = set.Count(0, "spec", "ordinals", "start");
        if (Grow(set, pods, start, start + wanted, updated, isParallel) && Shrink(set, pods, start, start + wanted, isParallel))
        {
            Roll(set, pods, start, start + wanted, updated);
        }

        Count(key, set, current, updated);
        return Rest(set);
    }

    /// <summary>How long until the last of the set's names is free again.</summary>
    private TimeSpan? Rest(JsonObject set)
    {
        foreach (var old in _gone.Where(entry => entry.Value + NameRest <= work.Now).Select(entry => entry.Key).ToList())
        {
            _gone.Remove(old);
        }

        var left = _gone.Where(entry => entry.Key.Space == set.Space() && entry.Key.Name.StartsWith(set.Name() + "-", StringComparison.Ordinal))
            .Select(entry => entry.Value + NameRest - work.Now).ToList();
        return left.Count > 0 ? left.Max() : null;
    }

    private static int OrdinalOf(JsonObject set, JsonObject pod) =>
        pod.Name().StartsWith(set.Name() + "-", StringComparison.Ordinal)
        && int.TryParse(pod.Name().AsSpan(set.Name().Length + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var ordinal) ? ordinal : -1;

    /// <returns>Whether all wanted pods are there and (when ordered) ready, so that the next step may begin.</returns>
    private bool Grow(JsonObject set, Dictionary<int, JsonObject> pods, int first, int end, string revision, bool isParallel)
    {
        for (var ordinal = first; ordinal < end; ordinal++)
        {
            if (!pods.TryGetValue(ordinal, out var pod))
            {
                var isResting = _gone.TryGetValue((set.Space(), $"{set.Name()}-{ordinal}"), out var since) && since + NameRest > work.Now;
                if (!isResting)
                {
                    Make(set, ordinal, revision);
                }

                if (!isParallel || isResting)
                {
                    return false;
                }

                continue;
            }

            if (pod.IsOver() && !pod.IsEnding())
            {
                work.Delete("pods", pod);
                work.Events.Record(set, "Warning", "RecreatingFailedPod", $"StatefulSet {set.Space()}/{set.Name()} is recreating failed Pod {pod.Name()}", Component);
                return false;
            }

            if (!isParallel && (pod.IsEnding() || !pod.IsReady()))
            {
                return false;
            }
        }

        return true;
    }

    private bool Shrink(JsonObject set, Dictionary<int, JsonObject> pods, int first, int end, bool isParallel)
    {
        var surplus = pods.Where(pair => pair.Key < first || pair.Key >= end).OrderByDescending(pair => pair.Key).Select(pair => pair.Value).ToList();
        foreach (var pod in surplus)
        {
            if (!pod.IsEnding())
            {
                Delete(set, pod);
            }

            if (!isParallel)
            {
                return false;
            }
        }

        return surplus.Count == 0;
    }

    /// <summary>Replaces pods of an older template, the last first, one at a time, down to the partition.</summary>
    private void Roll(JsonObject set, Dictionary<int, JsonObject> pods, int first, int end, string revision)
    {
        if (set.Text("spec", "updateStrategy", "type") == "OnDelete")
        {
            return;
        }

        var last = first + set.Count(0, "spec", "updateStrategy", "rollingUpdate", "partition");
        for (var ordinal = end - 1; ordinal >= last; ordinal--)
        {
            if (!pods.TryGetValue(ordinal, out var pod) || pod.IsEnding())
            {
                return;
            }

            if (pod.Labels().GetValueOrDefault(RevisionLabel) != revision)
            {
                Delete(set, pod);
                return;
            }

            if (!pod.IsReady())
            {
                return;
            }
        }
    }

    private void Make(JsonObject set, int ordinal, string revision)
    {
        var name = $"{set.Name()}-{ordinal}";
        var pod = PodStates.FromTemplate(set, set.At("spec", "template"), name);
        pod.Make("metadata")["generateName"] = set.Name() + "-";
        var labels = pod.Make("metadata", "labels");
        labels[RevisionLabel] = revision;
        labels["statefulset.kubernetes.io/pod-name"] = name;
        labels["apps.kubernetes.io/pod-index"] = ordinal.ToString(CultureInfo.InvariantCulture);
        var spec = pod.Make("spec");
        spec["hostname"] = name;
        if (set.Text("spec", "serviceName") is { Length: > 0 } service)
        {
            spec["subdomain"] = service;
        }

        foreach (var claim in set.Each("spec", "volumeClaimTemplates"))
        {
            Claim(set, spec, claim, $"{claim.Name()}-{name}");
        }

        work.Create("pods", pod);
        work.Events.Record(set, "Normal", "SuccessfulCreate", $"Create Pod {name} in StatefulSet {set.Name()} successful", Component);
    }

    private void Claim(JsonObject set, JsonObject podSpec, JsonObject template, string name)
    {
        if (work.Store.Peek("persistentvolumeclaims", set.Space(), name) is null)
        {
            var made = template.DeepClone().AsObject();
            made.Remove("status");
            made.Make("metadata")["name"] = name;
            made.Make("metadata")["namespace"] = set.Space();
            foreach (var (label, value) in set.Labels("spec", "selector", "matchLabels"))
            {
                made.Make("metadata", "labels")[label] = value;
            }

            if (set.Text("spec", "persistentVolumeClaimRetentionPolicy", "whenDeleted") == "Delete")
            {
                Owners.Add(made, set);
            }

            work.Create("persistentvolumeclaims", made);
        }

        var volumes = podSpec["volumes"] as JsonArray ?? [];
        podSpec["volumes"] = volumes;
        volumes.Add((JsonNode)new JsonObject
        {
            ["name"] = template.Name(),
            ["persistentVolumeClaim"] = new JsonObject { ["claimName"] = name },
        });
    }

    private void Delete(JsonObject set, JsonObject pod)
    {
        work.Delete("pods", pod);
        work.Events.Record(set, "Normal", "SuccessfulDelete", $"Delete Pod {pod.Name()} in StatefulSet {set.Name()} successful", Component);
    }

    private void Count(ObjectKey key, JsonObject set, string current, string updated)
    {
        var pods = work.Owned("pods", set).Where(pod => pod.IsActive()).ToList();
        var seconds = set.Number("spec", "minReadySeconds") ?? 0;
        var fresh = pods.Count(pod => pod.Labels().GetValueOrDefault(RevisionLabel) == updated);
        var isDone = fresh == pods.Count && pods.Count == set.Count(1, "spec", "replicas") && pods.TrueForAll(pod => pod.IsReady());
        work.SetStatus(key, set, status =>
        {
            var now = isDone ? updated : status.Text("currentRevision") is { Length: > 0 } known ? known : current;
            status["observedGeneration"] = set.Number("metadata", "generation") ?? 1;
            status["replicas"] = pods.Count;
            status.SetCount("readyReplicas", pods.Count(pod => pod.IsReady()));
            status["availableReplicas"] = pods.Count(pod => pod.IsAvailable(seconds, work.Now));
            status.SetCount("currentReplicas", pods.Count(pod => pod.Labels().GetValueOrDefault(RevisionLabel) == now));
            status.SetCount("updatedReplicas", fresh);
            status["currentRevision"] = now;
            status["updateRevision"] = updated;
            status["collisionCount"] = 0;
        });
    }
}
