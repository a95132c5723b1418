using System.Text.Json.Nodes;
using Crater.Diagnostics;
using Crater.Drivers;
using Crater.Kubernetes.Client;
using Crater.Kubernetes.Drivers.ChaosMesh;
using Crater.Kubernetes.Drivers.Litmus;
using Crater.Targets;

namespace Crater.Kubernetes.Drivers.Engines;

/// <summary>
/// Faults of Litmus or Chaos Mesh on a target that are not of this run: what would be read as "before" were not what the target was, and whose effect is measured
/// nobody could say. A selector that cannot be read counts as one that hits.
/// </summary>
internal sealed class EngineNeighbours(KubernetesClient client, EngineKinds kinds)
{
    /// <summary>Kinds of Chaos Mesh that hit pods and that no fault of ours is made of.</summary>
    private static readonly Resource[] Others = [MeshFault.Of("JVMChaos"), MeshFault.Of("KernelChaos"), MeshFault.Of("BlockChaos")];

    /// <param name="target">As the API has it.</param>
    /// <exception cref="CraterException">CRT8209: somebody else's fault is on it.</exception>
    public async Task RefuseAsync(Injection injection, JsonObject? target, CancellationToken abort)
    {
        foreach (var kind in (Resource[])[LitmusEngine.Engines, .. MeshFaults.Kinds, .. Others])
        {
            var isLitmus = kind == LitmusEngine.Engines;
            if ((!isLitmus && injection.Target.Kind != TargetKind.Pod) || !await kinds.IsServedAsync(kind, abort))
            {
                continue;
            }

            var found = (await ObjectsAsync(kind, injection.Target.Namespace, abort)).FirstOrDefault(one => one.Annotation(Mark.RunKey) != injection.Run.Value
                && (isLitmus ? IsEngineOn(one, injection.Target, target) : IsMeshOn(one, injection.Target, target)));
            if (found is not null)
            {
                throw new CraterException("CRT8209", $"{kind.Kind} {found.Namespace()}/{found.Name()}{(found.Annotation(Mark.RunKey) is { Length: > 0 } run ? $" of {run}" : ", which is not Crater's,")} "
                    + $"is active on '{injection.Target.Id}'. Two faults on one target tell nothing of either: wait for its end, or choose another target. Nothing was touched.");
            }
        }
    }

    /// <summary>An active ChaosEngine hits the target: by its name, or by what it selects.</summary>
    internal static bool IsEngineOn(JsonObject engine, Target target, JsonObject? seen)
    {
        if (engine.Text("spec", "engineState") == "stop" || engine.Text("status", "engineStatus") is "completed" or "stopped")
        {
            return false;
        }

        var env = engine.Objects("spec", "experiments").SelectMany(experiment => experiment.Objects("spec", "components", "env")).ToLookup(variable => variable.Text("name"), variable => variable.Text("value"));
        string[] Named(params string[] keys) => [.. keys.SelectMany(key => env[key]).SelectMany(value => value.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))];
        if (target.Kind == TargetKind.Node)
        {
            return Named("TARGET_NODE", "TARGET_NODES").Contains(target.Name) || Named("NODE_LABEL") is { Length: > 0 } labels && Hits(string.Join(',', labels), seen);
        }

        var space = engine.Text("spec", "appinfo", "appns") is { Length: > 0 } given ? given : engine.Namespace();
        var names = Named("TARGET_PODS");
        var isForNodes = Named("TARGET_NODE", "TARGET_NODES", "NODE_LABEL").Length > 0;
        return space == target.Namespace && !isForNodes && (names.Length > 0 ? names.Contains(target.Name) : Hits(engine.Text("spec", "appinfo", "applabel"), seen));
    }

    /// <summary>An object of Chaos Mesh has, or is about to have, rules on the pod. Kills are moments and leave nothing in place.</summary>
    internal static bool IsMeshOn(JsonObject found, Target target, JsonObject? seen)
    {
        if (found.Text("kind") == "PodChaos" && found.Text("spec", "action") is "pod-kill" or "container-kill")
        {
            return false;
        }

        var state = new MeshState(found);
        if (state.Records.Count > 0)
        {
            return state.Own(target.Namespace, target.Name).Any(record => record.Text("phase") != "Not Injected" || !state.IsStopping);
        }

        var selector = found.At("spec", "selector");
        if (selector.At("pods") is JsonObject pods)
        {
            return pods.Texts(target.Namespace).Contains(target.Name);
        }

        var spaces = selector.Texts("namespaces");
        return !state.IsStopping && (spaces.Count > 0 ? spaces.Contains(target.Namespace) : found.Namespace() == target.Namespace) && Hits(Selectors.Text(selector.Map("labelSelectors").ToDictionary()), seen);
    }

    private static bool Hits(string labels, JsonObject? seen) => !LabelSelector.TryParse(labels, out var selector) || selector!.Matches(seen.Labels());

    // Whoever may look into the target's namespace only has not seen the others; an engine's own driver has to be able to look.
    private async Task<IReadOnlyList<JsonObject>> ObjectsAsync(Resource kind, string space, CancellationToken abort)
    {
        foreach (var at in (string?[])(space.Length > 0 ? [null, space] : [null]))
        {
            try
            {
                return (await client.ListAsync(kind, at, ListQuery.All, abort)).Items;
            }
            catch (KubernetesException e) when (e.IsForbidden)
            {
                // The namespace alone may be open to us.
            }
        }

        return [];
    }
}
