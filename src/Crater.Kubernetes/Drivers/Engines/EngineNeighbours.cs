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
/// <param name="goodFor">How long what was listed counts, for many who ask at once; zero asks anew for each.</param>
internal sealed class EngineNeighbours(KubernetesClient client, ApiCatalogue catalogue, TimeSpan goodFor)
{
    /// <summary>Kinds of Chaos Mesh that hit pods and that no fault of ours is made of.</summary>
    private static readonly Resource[] Others = [MeshFault.Of("JVMChaos"), MeshFault.Of("KernelChaos"), MeshFault.Of("BlockChaos")];

    private static readonly Resource[] All = [LitmusEngine.Engines, .. MeshFaults.Kinds, .. Others];

    private static readonly TargetKind[] Workloads = [TargetKind.Deployment, TargetKind.StatefulSet, TargetKind.DaemonSet];

    private readonly SharedLooks<(Resource Kind, string Space), WideList> _lists = new(goodFor);

    /// <summary>Looks at what is on the target. A cluster that serves none of the kinds is asked nothing beside what it serves, which is kept.</summary>
    /// <returns>What may not be looked at, in a sentence; empty when everything was.</returns>
    /// <exception cref="CraterException">CRT8209: somebody else's fault is on it.</exception>
    public async Task<string> RefuseAsync(Injection injection, CancellationToken abort)
    {
        var target = injection.Target;
        // An answer for many is not to be lost with the run that asked for it first.
        var until = goodFor > TimeSpan.Zero ? CancellationToken.None : abort;
        List<string> closed = [];
        JsonObject? seen = null;
        foreach (var kind in target.Kind == TargetKind.Node ? [LitmusEngine.Engines] : target.Kind == TargetKind.Pod || Workloads.Contains(target.Kind) ? All : [])
        {
            if (await catalogue.FindAsync(kind.Group, kind.Version, kind.Plural, abort) is null)
            {
                continue;
            }

            var list = await _lists.GetAsync((kind, target.Namespace), () => WideList.OfAsync(client, kind, target.Namespace.Length > 0 ? [target.Namespace] : [], ListQuery.All, until), abort);
            closed.AddRange(list.HasLooked ? [] : [kind.QualifiedName]);
            var others = list.Items.Where(one => one.Annotation(Mark.RunKey) != injection.Run.Value).ToList();
            seen ??= others.Count > 0 ? await LabelsAsync(target, abort) : null;
            if (others.FirstOrDefault(one => kind == LitmusEngine.Engines ? IsEngineOn(one, target, seen) : IsMeshOn(one, target, seen)) is { } found)
            {
                throw new CraterException("CRT8209", $"{kind.Kind} {found.Namespace()}/{found.Name()}{(found.Annotation(Mark.RunKey) is { Length: > 0 } run ? $" of {run}" : ", which is not Crater's,")} "
                    + $"is active on '{target.Id}'. Two faults on one target tell nothing of either: wait for its end, or choose another target. Nothing was touched.");
            }
        }

        return closed.Count == 0 ? "" : $"whether a fault of another engine is on it was not seen: {string.Join(", ", closed)} may not be listed";
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

        if (engine.At("spec", "selectors") is JsonObject selectors)
        {
            return selectors.Objects("pods").Any(pods => pods.Text("namespace") == target.Namespace && Names(pods).Any(name => IsNamed(target, name)))
                || selectors.Objects("workloads").Any(set => set.Text("namespace") == target.Namespace && IsOfWorkload(set, target));
        }

        var space = engine.Text("spec", "appinfo", "appns") is { Length: > 0 } given ? given : engine.Namespace();
        var names = Named("TARGET_PODS");
        var isForNodes = Named("TARGET_NODE", "TARGET_NODES", "NODE_LABEL").Length > 0;
        return space == target.Namespace && !isForNodes && (names.Length > 0 ? names.Any(name => IsNamed(target, name)) : Hits(engine.Text("spec", "appinfo", "applabel"), seen));
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
            return state.Records.Any(record => IsRecordOf(target, record.Text("id")) && (record.Text("phase") != "Not Injected" || !state.IsStopping));
        }

        var selector = found.At("spec", "selector");
        if (selector.At("pods") is JsonObject pods)
        {
            return pods.Texts(target.Namespace).Any(name => IsNamed(target, name));
        }

        var spaces = selector.Texts("namespaces");
        return !state.IsStopping && (spaces.Count > 0 ? spaces.Contains(target.Namespace) : found.Namespace() == target.Namespace) && Hits(Selectors.Text(selector.Map("labelSelectors").ToDictionary()), seen);
    }

    private static bool Hits(string labels, JsonObject? seen) => !LabelSelector.TryParse(labels, out var selector) || selector!.Matches(seen.Labels());

    /// <summary>A pod of this name is the target, or one that the target brought.</summary>
    private static bool IsNamed(Target target, string pod) => target.Kind == TargetKind.Pod ? pod == target.Name : pod.StartsWith($"{target.Name}-", StringComparison.Ordinal);

    /// <param name="id">Of a record of Chaos Mesh: <c>namespace/pod</c>, with a container or without.</param>
    private static bool IsRecordOf(Target target, string id) => id.Split('/') is [var space, var pod, ..] && space == target.Namespace && IsNamed(target, pod);

    // By the labels of a workload nothing can be told of its pods.
    private static bool IsOfWorkload(JsonObject set, Target target) => set.Text("labels").Length > 0
        || Names(set).Any(name => target.Name == name || (target.Kind == TargetKind.Pod && target.Name.StartsWith($"{name}-", StringComparison.Ordinal)));

    private static string[] Names(JsonObject selected) => selected.Text("names").Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);

    /// <summary>With the labels that selectors of pods see: a pod's own, or those that a workload gives to its pods.</summary>
    private async Task<JsonObject?> LabelsAsync(Target target, CancellationToken abort)
    {
        var found = await client.FindAsync(KubernetesTargets.ResourceOf(target.Kind), target.Namespace, target.Name, abort);
        return Workloads.Contains(target.Kind) ? found.At("spec", "template") as JsonObject : found;
    }
}
