using System.Text.Json.Nodes;
using Crater.Diagnostics;
using Crater.Drivers;
using Crater.Kubernetes.Client;
using Crater.Kubernetes.Discovery;
using Crater.Targets;

namespace Crater.Kubernetes.Drivers;

/// <summary>Finds targets among the objects of a cluster.</summary>
/// <param name="space">The namespace for selectors that name none.</param>
/// <param name="shared">
/// For how long one look is good for all who ask: many plans at once then list a namespace once. Zero, the default, for a look of one's own. What a target is when it is
/// hit, the driver reads again in any case.
/// </param>
public sealed class KubernetesTargets(KubernetesClient client, string space, TimeSpan shared = default) : ITargets
{
    private readonly IObjectSource? _watched;

    /// <summary>Lines of what is there instead, when nothing matched.</summary>
    private const int SeenMax = 12;

    private readonly SharedLooks<(TargetKind Kind, string Space), TargetsSeen> _looks = new(shared);

    /// <param name="watched">Where most targets are known already, for who plans again and again; what is not found there is asked from the server.</param>
    internal KubernetesTargets(KubernetesClient client, string space, TimeSpan shared, IObjectSource? watched) : this(client, space, shared) => _watched = watched;

    public async Task<TargetSearch> FindAsync(TargetSelector selector, CancellationToken abort)
    {
        var resource = ResourceOf(selector.Kind);
        var within = resource.IsNamespaced ? selector.Namespace.Length > 0 ? selector.Namespace : space : "";
        var labels = LabelSelector.Parse(selector.Labels);
        List<Target> Matches(TargetsSeen seen) => [.. seen.Targets.Where(target => labels.Matches(target.Labels) && (selector.Name.Length == 0 || target.Name == selector.Name))];
        // A look that others wait for, too, is not given up with the one who asked first.
        var until = shared > TimeSpan.Zero ? CancellationToken.None : abort;
        var seen = await _looks.GetAsync((selector.Kind, within), () => LookAsync(selector.Kind, within, _watched ?? new ListedObjects(client), until), abort);
        var matches = Matches(seen);
        if (matches.Count == 0 && _watched is not null)
        {
            // It may be younger than what has been heard of it.
            seen = await LookAsync(selector.Kind, within, new ListedObjects(client), abort);
            matches = Matches(seen);
        }

        var components = matches.Select(match => match.Component).Where(component => component.Length > 0).Distinct();
        var sizes = components.ToDictionary(component => component, component => seen.Sizes[component]);
        return new TargetSearch(matches, sizes, matches.Count > 0 ? [] : await SeenInsteadAsync(selector.Kind, within, seen.Targets, abort));
    }

    private async Task<TargetsSeen> LookAsync(TargetKind kind, string within, IObjectSource source, CancellationToken abort)
    {
        // Of a secret its name and labels are enough; its contents stay where they are.
        var objects = (kind is TargetKind.Secret or TargetKind.ConfigMap ? (await client.ListAsync(ResourceOf(kind), within, new ListQuery { MetadataOnly = true }, abort)).Items
            : await source.ListAsync(ResourceOf(kind), within, abort)).Where(IsAlive).ToList();
        var components = await ComponentsAsync(kind, within, objects, source, abort);
        var targets = objects.Select(found => AsTarget(kind, found, components(found))).OrderBy(target => target.Name, StringComparer.Ordinal).ToList();
        return new TargetsSeen(targets, targets.Where(target => target.Component.Length > 0).CountBy(target => target.Component).ToDictionary(size => size.Key, size => size.Value));
    }

    /// <summary>What is going already, or has run to its end, cannot be hit.</summary>
    private static bool IsAlive(JsonObject found) => !found.IsTerminating() && found.Text("status", "phase") is not ("Succeeded" or "Failed");

    private static Target AsTarget(TargetKind kind, JsonObject found, string component) => new()
    {
        Kind = kind,
        Namespace = found.Namespace(),
        Name = found.Name(),
        Labels = found.Labels(),
        Component = component,
        Uid = found.Uid(),
        Node = kind == TargetKind.Pod ? found.Text("spec", "nodeName") : kind == TargetKind.Node ? found.Name() : "",
    };

    /// <summary>Pods belong to the workload at the top of their owners; workloads are components themselves; the rest belongs to none.</summary>
    private static async Task<Func<JsonObject, string>> ComponentsAsync(TargetKind kind, string within, List<JsonObject> objects, IObjectSource source, CancellationToken abort)
    {
        if (kind is not (TargetKind.Pod or TargetKind.ReplicaSet))
        {
            var isComponent = kind is TargetKind.Deployment or TargetKind.StatefulSet or TargetKind.DaemonSet or TargetKind.Job;
            return found => isComponent ? TargetId.Of(kind, found.Namespace(), found.Name()).Value : "";
        }

        var needsSets = kind == TargetKind.ReplicaSet || objects.Any(pod => pod.Controller().Text("kind") == "ReplicaSet");
        var sets = needsSets ? await source.ListAsync(Resource.ReplicaSets, within, abort) : [];
        return Ownership.From(sets).ComponentOf;
    }

    /// <summary>Labels that controllers put on, by which nobody selects.</summary>
    private static bool IsControllers(string label) => label is "pod-template-hash" or "controller-revision-hash" or "pod-template-generation"
        || label.StartsWith("statefulset.kubernetes.io/", StringComparison.Ordinal) || label.StartsWith("apps.kubernetes.io/", StringComparison.Ordinal);

    private async Task<IReadOnlyList<string>> SeenInsteadAsync(TargetKind kind, string within, IReadOnlyList<Target> there, CancellationToken abort)
    {
        if (there.Count > 0)
        {
            var where = within.Length > 0 ? $" in namespace {within}" : "";
            var sets = there.CountBy(target => string.Join(",", target.Labels.Where(label => !IsControllers(label.Key)).Select(label => $"{label.Key}={label.Value}"))).ToList();
            return
            [
                $"{there.Count} {TargetId.Text(kind)}s{where} with labels "
                    + string.Join(", ", sets.Take(SeenMax).Select(set => $"{(set.Key.Length > 0 ? set.Key : "none")}{(set.Value > 1 ? $" ({set.Value})" : "")}"))
                    + (sets.Count > SeenMax ? $" and {sets.Count - SeenMax} more" : ""),
            ];
        }

        try
        {
            var namespaces = (await client.ListAsync(Resource.Namespaces, null, ListQuery.All, abort)).Items.Select(found => found.Name());
            return [$"no {TargetId.Text(kind)} at all{(within.Length > 0 ? $" in namespace {within}" : "")}; there are the namespaces {string.Join(", ", namespaces)}"];
        }
        catch (KubernetesException e) when (e.IsForbidden)
        {
            return [$"no {TargetId.Text(kind)} at all in namespace {within}; other namespaces cannot be listed (forbidden)"];
        }
    }

    /// <exception cref="CraterException">CRT3113: a cluster has none of these.</exception>
    internal static Resource ResourceOf(TargetKind kind) => kind switch
    {
        TargetKind.Pod => Resource.Pods,
        TargetKind.Deployment => Resource.Deployments,
        TargetKind.StatefulSet => Resource.StatefulSets,
        TargetKind.DaemonSet => Resource.DaemonSets,
        TargetKind.ReplicaSet => Resource.ReplicaSets,
        TargetKind.Job => Resource.Jobs,
        TargetKind.Node => Resource.Nodes,
        TargetKind.Service => Resource.Services,
        TargetKind.Namespace => Resource.Namespaces,
        TargetKind.ConfigMap => Resource.ConfigMaps,
        TargetKind.Secret => Resource.Secrets,
        TargetKind.HorizontalPodAutoscaler => Resource.Autoscalers,
        _ => throw new CraterException("CRT3113", $"A cluster has no targets of the kind '{TargetId.Text(kind)}'. Use pod, deployment, statefulset, daemonset, job, node, namespace, service, configmap, secret or horizontalpodautoscaler."),
    };
}

/// <summary>All targets of one kind in one namespace, in the order of their names, and how many each component has.</summary>
internal sealed record TargetsSeen(IReadOnlyList<Target> Targets, IReadOnlyDictionary<string, int> Sizes);
