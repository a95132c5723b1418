using System.Text.Json.Nodes;
using Crater.Lab.Store;

namespace Crater.Lab.Controllers;

/// <summary>How a deployment that is given another size in the middle of a rollout shares it out: each replica set grows or shrinks by its part.</summary>
internal static class ProportionalSizes
{
    /// <summary>Whether replica sets that have pods were last told another size of their deployment.</summary>
    public static bool IsResized(JsonObject deployment, IEnumerable<JsonObject> sets) => sets.Any(set => Size(set) > 0
        && int.TryParse(set.Text("metadata", "annotations", ReplicaSetHistory.DesiredMark), out var told) && told != deployment.Count(1, "spec", "replicas"));

    /// <returns>The size that each replica set is to have.</returns>
    public static IEnumerable<(JsonObject Set, int Size)> Of(JsonObject deployment, JsonObject? current, IReadOnlyList<JsonObject> sets)
    {
        var wanted = deployment.Count(1, "spec", "replicas");
        var active = sets.Where(set => Size(set) > 0).ToList();
        if (active.Count < 2)
        {
            var only = active.Count == 1 ? active[0] : current ?? sets.MaxBy(Made, StringComparer.Ordinal);
            return only is null ? [] : [(only, wanted)];
        }

        if (current is not null && Size(current) == wanted && current.Count(0, "status", "availableReplicas") == wanted
            && current.Text("metadata", "annotations", ReplicaSetHistory.DesiredMark) == wanted.ToString(System.Globalization.CultureInfo.InvariantCulture))
        {
            return active.Where(set => set.Uid() != current.Uid()).Select(set => (set, 0));
        }

        return deployment.Text("spec", "strategy", "type") == "Recreate" ? [] : Share(deployment, wanted, active);
    }

    private static List<(JsonObject Set, int Size)> Share(JsonObject deployment, int wanted, List<JsonObject> active)
    {
        var most = wanted == 0 ? 0 : wanted + RollingLimits.Of(deployment).Surge;
        var more = most - active.Sum(Size);
        // What grows gives the largest, and of those the newest, their part first; what shrinks takes it from the oldest of them.
        var ordered = (more > 0 ? active.OrderByDescending(Size).ThenByDescending(Made, StringComparer.Ordinal)
            : active.OrderByDescending(Size).ThenBy(Made, StringComparer.Ordinal)).ToList();
        List<(JsonObject Set, int Size)> sizes = [];
        var given = 0;
        foreach (var set in ordered)
        {
            var part = Part(deployment, set, wanted, most);
            part = more > 0 ? Math.Min(part, more - given) : more < 0 ? Math.Max(part, more - given) : 0;
            sizes.Add((set, Size(set) + part));
            given += part;
        }

        sizes[0] = (sizes[0].Set, Math.Max(0, sizes[0].Size + more - given));
        return sizes;
    }

    private static int Part(JsonObject deployment, JsonObject set, int wanted, int most)
    {
        if (wanted == 0)
        {
            return -Size(set);
        }

        var told = int.TryParse(set.Text("metadata", "annotations", ReplicaSetHistory.MostMark), out var known) && known > 0 ? known
            : Math.Max(1, deployment.Count(0, "status", "replicas"));
        return (int)Math.Round((double)Size(set) * most / told, MidpointRounding.AwayFromZero) - Size(set);
    }

    private static int Size(JsonObject set) => set.Count(0, "spec", "replicas");

    private static string Made(JsonObject set) => set.Text("metadata", "creationTimestamp");
}
