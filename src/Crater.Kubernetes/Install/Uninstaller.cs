using System.Text.Json.Nodes;
using Crater.Diagnostics;
using Crater.Kubernetes.Agents;
using Crater.Kubernetes.Client;
using Crater.Kubernetes.Drivers.ChaosMesh;
using Crater.Kubernetes.Drivers.Litmus;
using Crater.Kubernetes.Keeping;
using Crater.Kubernetes.Operator;
using Crater.Kubernetes.Operator.Experiments;

namespace Crater.Kubernetes.Install;

/// <summary>How to take an installation away.</summary>
public sealed record UninstallOptions
{
    /// <summary>End what is active first. Without it an active experiment is a reason to refuse.</summary>
    public bool Abort { get; init; }

    /// <summary>Go although something may be left in the cluster, which a person has looked at.</summary>
    public bool DespiteResidue { get; init; }

    /// <summary>The definitions too, and with them every Experiment and its record.</summary>
    public bool Definitions { get; init; }
}

/// <summary>
/// Takes an installation away, last the definitions. The operator stays until everything that it and others hold in the cluster is off; a finalizer of ours is removed only from an object whose run holds nothing
/// any more. What cannot be seen counts as active.
/// </summary>
public sealed class Uninstaller(KubernetesClient client, ApiStateKeeper keeper, InstallOptions installed, UninstallOptions options, TimeProvider clock, Action<string> tell)
{
    /// <summary>What other engines hold for us, with the names of these engines.</summary>
    private static readonly (Resource Kind, string Engine)[] Engines = [(LitmusEngine.Engines, "Litmus"), .. MeshFaults.Kinds.Select(kind => (kind, "Chaos Mesh"))];

    private readonly InstallWait _wait = new(client, installed, clock, tell);

    /// <summary>What is in the way, as it is now: active experiments, changes that are held, residue. Changes nothing.</summary>
    public async Task<IReadOnlyList<Problem>> LookAsync(CancellationToken abort)
    {
        List<Problem> found = [];
        var experiments = await ExperimentsAsync(abort);
        found.AddRange(experiments.Where(one => !one.IsOver).Select(one => new Problem($"Experiment {one.Key}", "CRT8610", $"It is {one.Phase}.")));
        found.AddRange(experiments.Where(one => one.Phase == ExperimentPhase.Quarantined).Select(one => new Problem($"Experiment {one.Key}", "CRT8611", $"A fault of it may still be in place: {Residue(one)}.")));
        found.AddRange((await keeper.ListAsync(abort)).Select(change => new Problem(change.Target.Value, change.Problem.Length > 0 ? "CRT8611" : "CRT8610",
            $"{change.Fault} of {change.Run} is in place{(change.Problem.Length > 0 ? $" and cannot be taken off: {change.Problem}" : "")}.")));
        // A standing agent holds something only where a run has written that it may.
        found.AddRange((await HelpersAsync(Resource.Leases, installed.Home, $"{AgentNames.UseLabel}=true", abort)).Select(one =>
            new Problem($"Node {one.Annotation(AgentNames.NodeKey)}", "CRT8610", $"{one.Text("spec", "holderIdentity")} may have faults on it, which end with their leases. 'craterctl abort --all' ends them.")));
        found.AddRange((await HelpersAsync(Resource.Pods, installed.Home, $"{AgentNames.AgentLabel}=true", abort)).Where(one => one.Controller().Text("kind") != Resource.DaemonSets.Kind).Select(one => new Problem($"Pod {one.Namespace()}/{one.Name()}", "CRT8610", "It holds host faults, which end with their leases.")));
        foreach (var (kind, engine) in Engines)
        {
            found.AddRange((await HelpersAsync(kind, null, "app.kubernetes.io/managed-by=crater", abort)).Select(one => new Problem($"{kind.Kind} {one.Namespace()}/{one.Name()}", "CRT8610", $"It is ours, and {engine} works on it.")));
        }

        return found;
    }

    /// <summary>What would be deleted, the last first to go.</summary>
    public async Task<IReadOnlyList<string>> PlanAsync(CancellationToken abort) => [.. (await PresentAsync(abort)).Select(InstalledKinds.Named)];

    /// <exception cref="CraterException">CRT8610: experiments are active. CRT8611: residue. CRT8612: an experiment did not end in time. Nothing of the installation was deleted then.</exception>
    public async Task RemoveAsync(TimeSpan patience, CancellationToken abort)
    {
        await EndAsync(patience, abort);
        // Nothing begins any more from here on; what began in between is looked for again, and is ours to take off.
        var present = await PresentAsync(abort);
        foreach (var one in present.Where(one => one.Text("kind") == "Deployment"))
        {
            await DeleteAsync(one, abort);
        }

        await _wait.UntilAsync(async () => (await client.ListAsync(Resource.Pods, installed.Home, new ListQuery { LabelSelector = "app.kubernetes.io/component=operator" }, abort)).Items is { Count: > 0 } pods
            ? $"{pods.Count} operator pods are ending" : "", patience, abort);
        await FreeAsync(abort);
        foreach (var one in present.Where(one => one.Text("kind") != "Deployment"))
        {
            await DeleteAsync(one, abort);
        }
    }

    /// <summary>Brings everything that is under way to its end, or refuses.</summary>
    private async Task EndAsync(TimeSpan patience, CancellationToken abort)
    {
        var found = await LookAsync(abort);
        Refuse(found.Where(one => one.Code == "CRT8610" && !options.Abort), "CRT8610", "Experiments are active, so nothing was deleted. 'craterctl uninstall --abort' ends them first.");
        foreach (var one in (await ExperimentsAsync(abort)).Where(one => !one.IsOver))
        {
            await client.PatchAsync(CraterKinds.Experiments, one.Key.Space, one.Key.Name, PatchForm.Merge, new JsonObject { ["spec"] = new JsonObject { ["abort"] = true } }, null, abort);
            tell($"Experiment {one.Key} is told to abort");
        }

        if (options.Abort)
        {
            await HurryAsync(patience, abort);
        }

        found = await LookAsync(abort);
        Refuse(found.Where(one => one.Code == "CRT8610"), "CRT8612", "Something is still active, so nothing was deleted.");
        Refuse(found.Where(one => one.Code == "CRT8611" && !options.DespiteResidue), "CRT8611",
            "A fault may still be in place, so nothing was deleted. Look at each, and go on with --despite-residue when they are as they should be.");
    }

    /// <summary>Waits for the operator to end its runs; where none leads any more, takes off what is held ourselves.</summary>
    private async Task HurryAsync(TimeSpan patience, CancellationToken abort)
    {
        var isLed = await client.FindAsync(Resource.Deployments, installed.Home, InstallWait.Operator, abort) is { } deployment && deployment.Integer("status", "availableReplicas") > 0;
        if (isLed)
        {
            await _wait.UntilAsync(async () => (await ExperimentsAsync(abort)).Where(one => !one.IsOver).ToList() is { Count: > 0 } left ? $"{left.Count} experiments are being reverted" : "", patience, abort);
        }

        foreach (var change in await keeper.RecoverAsync(_ => true, CancellationToken.None))
        {
            tell(change.Problem.Length == 0 ? $"{change.Fault} on {change.Target} is taken off" : $"RESIDUE: {change.Fault} on {change.Target}: {change.Problem}");
        }

        if (!isLed)
        {
            await FreeAsync(abort);
        }
    }

    /// <summary>Ends Experiments that nobody looks after any more: their finalizer goes when nothing of their run is held, and not before.</summary>
    private async Task FreeAsync(CancellationToken abort)
    {
        foreach (var one in (await ExperimentsAsync(abort)).Where(one => one.HasFinalizer || !one.IsOver))
        {
            bool IsOf(HeldChange change) => change.Run == one.Run?.Value;
            await keeper.RecoverAsync(IsOf, CancellationToken.None);
            if ((await keeper.ListAsync(abort)).Any(IsOf))
            {
                throw new CraterException("CRT8611", $"Experiment {one.Key} holds something that could not be taken off; its finalizer stays. 'craterctl status' says what.");
            }

            await ReleaseAsync(one, abort);
            tell($"Experiment {one.Key} is released");
        }
    }

    private async Task ReleaseAsync(ExperimentView one, CancellationToken abort)
    {
        try
        {
            var version = one.Object.ResourceVersion();
            if (!one.IsOver)
            {
                var status = new JsonObject { ["phase"] = nameof(ExperimentPhase.Aborted), ["reason"] = "Uninstalled", ["message"] = "Crater was uninstalled; nothing of its run was left in the cluster.", ["activeFaults"] = 0 };
                version = (await client.PatchAsync(CraterKinds.Experiments, one.Key.Space, one.Key.Name, PatchForm.Merge,
                    new JsonObject { ["metadata"] = new JsonObject { ["resourceVersion"] = version }, ["status"] = status }, "status", abort)).ResourceVersion();
            }

            var finalizers = new JsonArray([.. one.Object.Texts("metadata", "finalizers").Where(name => name != CraterKinds.Finalizer).Select(name => (JsonNode?)name)]);
            await client.PatchAsync(CraterKinds.Experiments, one.Key.Space, one.Key.Name, PatchForm.Merge,
                new JsonObject { ["metadata"] = new JsonObject { ["finalizers"] = finalizers, ["resourceVersion"] = version } }, null, abort);
        }
        catch (KubernetesException e) when (e.IsNotFound)
        {
            // It was being deleted, and is gone.
        }
    }

    /// <summary>Objects of the installation that are there and ours, in the order in which they go.</summary>
    private async Task<IReadOnlyList<JsonObject>> PresentAsync(CancellationToken abort)
    {
        List<JsonObject> present = [];
        var wanted = Chart.Objects(installed with { AgentDaemonSet = true, Litmus = true, ChaosMesh = true, Webhook = true, PrometheusRule = true, PodMonitor = true }).ToList();
        wanted.AddRange(Chart.Objects(installed with { AccountMetrics = true, PodMonitor = true }).Where(one => wanted.TrueForAll(other => InstalledKinds.Named(other) != InstalledKinds.Named(one))));
        wanted.AddRange(((string[])[Installer.TokenSecret, AgentNames.OfDaemonSet, SelfMadeCertificate.Secret]).Select(name =>
            new JsonObject { ["kind"] = "Secret", ["metadata"] = new JsonObject { ["name"] = name, ["namespace"] = installed.Home } }));
        foreach (var one in wanted.OrderByDescending(one => InstalledKinds.Rank(one.Text("kind"))))
        {
            var resource = InstalledKinds.Of(one);
            var isKept = resource == Resource.Namespaces || (resource == InstalledKinds.Definitions && !options.Definitions);
            if (!isKept && await client.FindAsync(resource, one.Namespace(), one.Name(), abort) is { } found && Installer.IsOurs(found))
            {
                found["kind"] ??= one.Text("kind");
                present.Add(found);
            }
        }

        return present;
    }

    private async Task DeleteAsync(JsonObject one, CancellationToken abort)
    {
        try
        {
            await client.DeleteAsync(InstalledKinds.Of(one), one.Namespace(), one.Name(), new DeleteRequest { Uid = one.Uid(), Propagation = "Background" }, abort);
            tell($"{InstalledKinds.Named(one)} deleted");
        }
        catch (KubernetesException e) when (e.IsNotFound)
        {
            // Somebody was faster.
        }
    }

    private async Task<IReadOnlyList<JsonObject>> HelpersAsync(Resource resource, string? space, string labels, CancellationToken abort)
    {
        try
        {
            return (await client.ListAsync(resource, installed.Namespaced.Length > 0 && space is null ? installed.Namespaced : space, new ListQuery { LabelSelector = labels }, abort)).Items;
        }
        catch (KubernetesException e) when (e.IsNotFound)
        {
            return [];      // there are no such things in this cluster
        }
    }

    private async Task<IReadOnlyList<ExperimentView>> ExperimentsAsync(CancellationToken abort)
    {
        try
        {
            var space = installed.Namespaced.Length > 0 ? installed.Namespaced : null;
            return [.. (await client.ListAsync(CraterKinds.Experiments, space, ListQuery.All, abort)).Items.Select(one => new ExperimentView(one))];
        }
        catch (KubernetesException e) when (e.IsNotFound)
        {
            return [];      // the definition is not there, so there are none
        }
    }

    private static string Residue(ExperimentView one) => one.Object.Objects("status", "residue").Select(left => $"{left.Text("fault")} on {left.Text("target")}").ToList() is { Count: > 0 } named
        ? string.Join(", ", named) : one.Object.Text("status", "message");

    private static void Refuse(IEnumerable<Problem> reasons, string code, string message)
    {
        if (reasons.ToList() is { Count: > 0 } problems)
        {
            throw new CraterException(code, message) { Problems = problems };
        }
    }
}
