using System.Text.Json.Nodes;
using Crater.Kubernetes.Client;
using Crater.Targets;

namespace Crater.Kubernetes.Drivers;

/// <summary>The workload that brings pods back: a deployment, stateful set, daemon set, replica set, job, or a controller we do not know.</summary>
/// <param name="Resource">Null for a controller of a kind we do not know.</param>
internal sealed record Workload(Resource? Resource, string Kind, string Space, string Name, string Uid)
{
    /// <summary>For example <c>deployment/shop/carts</c>.</summary>
    public string Id => $"{Kind.ToLowerInvariant()}/{Space}/{Name}";

    private static readonly Resource[] Known = [Resource.Deployments, Resource.ReplicaSets, Resource.StatefulSets, Resource.DaemonSets, Resource.Jobs];

    /// <summary>The topmost workload that owns the pod; null for a naked pod.</summary>
    public static async Task<Workload?> OfAsync(KubernetesClient client, JsonObject pod, CancellationToken abort)
    {
        Workload? workload = null;
        for (var child = pod; child?.Controller() is { } owner && workload?.Uid != owner.Text("uid");)
        {
            workload = From(owner, pod.Namespace());
            child = workload.Resource is { } resource ? await client.FindAsync(resource, workload.Space, workload.Name, abort) : null;
        }

        return workload;
    }

    /// <summary>Reads an id back, e.g. from a fingerprint.</summary>
    public static Workload? Parse(string id) => id.Split('/') is [var kind, var space, var name]
        ? new Workload(Known.FirstOrDefault(known => known.Kind.Equals(kind, StringComparison.OrdinalIgnoreCase)), kind, space, name, "")
        : null;

    /// <summary>The pods that are its now, without those that are going or done.</summary>
    public async Task<IReadOnlyList<JsonObject>> PodsAsync(KubernetesClient client, JsonObject? workload, CancellationToken abort)
    {
        var selector = Selectors.Text(workload.At("spec", "selector"));
        var pods = (await client.ListAsync(Client.Resource.Pods, Space, new ListQuery { LabelSelector = selector }, abort)).Items;
        var mine = selector.Length > 0 ? pods : pods.Where(pod => pod.Controller().Text("uid") == Uid);
        return [.. mine.Where(pod => !pod.IsTerminating() && pod.Text("status", "phase") is not ("Succeeded" or "Failed"))];
    }

    /// <summary>How it does, counted from its pods: its own status lags behind them.</summary>
    /// <returns>For example <c>1/1</c>, or <c>gone</c>.</returns>
    public async Task<WorkloadState> StateAsync(KubernetesClient client, CancellationToken abort)
    {
        var workload = Resource is null ? null : await client.FindAsync(Resource, Space, Name, abort);
        if (Resource is not null && workload is null)
        {
            return new WorkloadState("gone", [], IsSettled: false);
        }

        var pods = await PodsAsync(client, workload, abort);
        var ready = pods.Count(pod => pod.Condition("Ready"));
        var wanted = workload is null ? pods.Count : Wanted(workload);
        var images = pods.SelectMany(pod => pod.Objects("spec", "containers")).Select(container => container.Text("image")).Distinct();
        return new WorkloadState($"{ready}/{wanted}", [.. images.Order(StringComparer.Ordinal)], ready == wanted && pods.Count == wanted);
    }

    private static int Wanted(JsonObject workload) => workload.Integer("spec", "replicas")
        ?? workload.Integer("status", "desiredNumberScheduled")
        ?? workload.Integer("spec", "parallelism") ?? 1;

    private static Workload From(JsonObject owner, string space) => new(
        Known.FirstOrDefault(known => known.Kind == owner.Text("kind")), owner.Text("kind"), space, owner.Text("name"), owner.Text("uid"));
}

/// <param name="Ready">Ready and wanted pods, e.g. <c>2/3</c>.</param>
/// <param name="Images">Distinct images of its pods, sorted.</param>
/// <param name="IsSettled">As many pods as wanted, all ready.</param>
internal sealed record WorkloadState(string Ready, IReadOnlyList<string> Images, bool IsSettled);
