using Crater.Diagnostics;
using Crater.Kubernetes.Client;

namespace Crater.Kubernetes.Doctor;

/// <summary>Looks whether a cluster is as Crater needs it, and names each missing piece with what to do. Changes nothing.</summary>
/// <param name="prometheus">The server that guards and hypotheses read from; null where none is named.</param>
public sealed class ClusterDoctor(KubernetesConnection connection, Uri? prometheus, HttpClient outside, TimeProvider clock)
{
    /// <summary>The oldest minor version of Kubernetes 1 that Crater is tested with.</summary>
    public const int OldestMinor = 28;

    /// <summary>How long Prometheus may take.</summary>
    private static readonly TimeSpan PrometheusPatience = TimeSpan.FromSeconds(5);

    /// <summary>Where agent pods run. Default: <c>crater-system</c>.</summary>
    public string AgentNamespace { get; init; } = Agents.AgentPodOptions.DefaultNamespace;

    private readonly KubernetesClient _client = connection.Client;

    /// <exception cref="KubernetesException">The cluster could not be asked at all.</exception>
    public async Task<Checkup> ExamineAsync(CancellationToken abort)
    {
        using var catalogue = new ApiCatalogue(_client, clock);
        var served = await catalogue.ServedAsync(abort);
        var groups = served.Select(one => one.Resource.Group).ToHashSet();
        List<Check> checks =
        [
            Version(connection.ServerVersion),
            .. connection.Warnings.Select(warning => new Check("connection", CheckState.Limited, warning, "Look at docs/errors.md.", "CRT5228")),
            .. catalogue.Silent.Select(silent => new Check("API", CheckState.Limited, $"{silent} does not answer", $"Look at 'kubectl get apiservice' for {silent}.", "CRT5227")),
        ];
        checks.AddRange(await new AccessExam(_client, connection.Namespace, AgentNamespace, groups).ExamineAsync(abort));
        checks.AddRange(Definitions.Examine(served));
        checks.AddRange(await RuntimesAsync(abort));
        checks.Add(await PrometheusAsync(abort));
        checks.Add(await NamespaceAsync(abort));
        checks.AddRange(await new WebhookExam(_client, clock).ExamineAsync(abort));
        if (!connection.IsLab)
        {
            checks.Add(await AgentsAsync(abort));
        }

        return new Checkup(connection.ContextName, connection.Namespace, checks);
    }

    internal static Check Version(string found)
    {
        var parts = found.TrimStart('v').Split('.');
        return parts is ["1", var minor, ..] && int.TryParse(minor.TrimEnd('+'), out var number)
            ? number >= OldestMinor ? new Check("version", CheckState.Fine, found)
                : new Check("version", CheckState.Missing, $"{found} is older than 1.{OldestMinor}", $"Use a cluster of 1.{OldestMinor} or newer.", "CRT5220")
            : new Check("version", CheckState.Limited, $"'{found}' is no version that Crater knows", "Check that this is a Kubernetes API server.", "CRT5220");
    }

    private async Task<IReadOnlyList<Check>> RuntimesAsync(CancellationToken abort)
    {
        try
        {
            var nodes = (await _client.ListAsync(Resource.Nodes, null, ListQuery.All, abort)).Items;
            return
            [
                .. nodes.GroupBy(node => node.Text("status", "nodeInfo", "containerRuntimeVersion").Split(':')[0]).OrderBy(group => group.Key, StringComparer.Ordinal)
                    .Select(group => group.Key is "containerd" or "cri-o" or "docker" || connection.IsLab
                        ? new Check("runtime", CheckState.Fine, $"{group.Key} on {group.Count()} of {nodes.Count} nodes")
                        : new Check("runtime", CheckState.Limited, $"{(group.Key.Length > 0 ? $"'{group.Key}'" : "no runtime named")} on {group.Count()} of {nodes.Count} nodes",
                            "Faults inside containers are tried there, but not tested with that runtime; faults of API objects work.", "CRT5223")),
            ];
        }
        catch (KubernetesException e) when (e.IsForbidden)
        {
            return [new Check("runtime", CheckState.Limited, "unknown: nodes may not be listed", "kubectl apply -f deploy/rbac/inventory.yaml, and bind it.", "CRT5223")];
        }
    }

    private async Task<Check> PrometheusAsync(CancellationToken abort)
    {
        if (prometheus is null)
        {
            return new Check("prometheus", CheckState.Limited, "none is named", "Name it with --prometheus URL or in stack.yaml; without it guards read what the load and the cluster tell.", "CRT5224");
        }

        using var limit = CancellationTokenSource.CreateLinkedTokenSource(abort);
        limit.CancelAfter(PrometheusPatience);
        try
        {
            using var answer = await outside.GetAsync(new Uri(prometheus, "api/v1/query?query=up"), limit.Token);
            return answer.IsSuccessStatusCode
                ? new Check("prometheus", CheckState.Fine, $"{prometheus} answers")
                : Unreached($"{prometheus} answers {(int)answer.StatusCode}");
        }
        catch (Exception e) when (NoAnswer.Is(e) || (e is OperationCanceledException && !abort.IsCancellationRequested))
        {
            return Unreached($"{prometheus} does not answer");
        }

        static Check Unreached(string found) =>
            new("prometheus", CheckState.Missing, found, "Check the address, or reach it with 'kubectl port-forward' and name that address.", "CRT5224");
    }

    /// <summary>The agents' own namespace, which nobody has to have who breaks no nodes and nothing inside of pods.</summary>
    internal async Task<Check> AgentsAsync(CancellationToken abort)
    {
        const string Name = "agents' namespace";
        var label = $"kubectl label namespace {AgentNamespace} pod-security.kubernetes.io/enforce=privileged --overwrite";
        try
        {
            var space = await _client.FindAsync(Resource.Namespaces, null, AgentNamespace, abort);
            var level = space?.Labels().GetValueOrDefault("pod-security.kubernetes.io/enforce", "") ?? "";
            return space is null ? new Check(Name, CheckState.Limited, $"'{AgentNamespace}' is not there, so host faults on pods and nodes are refused", $"kubectl create namespace {AgentNamespace} && {label}", "CRT5225")
                : level is "" or "privileged" ? new Check(Name, CheckState.Fine, $"'{AgentNamespace}' admits agent pods{(level.Length == 0 ? " unless the cluster's default says otherwise" : "")}")
                : new Check(Name, CheckState.Limited, $"'{AgentNamespace}' enforces '{level}', so agent pods for host faults are refused", label, "CRT5225");
        }
        catch (KubernetesException e) when (e.IsForbidden)
        {
            return new Check(Name, CheckState.Limited, "unknown: namespaces may not be read", "kubectl apply -f deploy/rbac/inventory.yaml, and bind it.", "CRT5225");
        }
    }

    /// <summary>The namespace that is worked in. What pods may do there is its own matter: agent pods run in theirs.</summary>
    private async Task<Check> NamespaceAsync(CancellationToken abort)
    {
        try
        {
            return await _client.FindAsync(Resource.Namespaces, null, connection.Namespace, abort) is null
                ? new Check("namespace", CheckState.Missing, $"'{connection.Namespace}' is not there", $"kubectl create namespace {connection.Namespace}, or name another with --namespace.", "CRT5225")
                : new Check("namespace", CheckState.Fine, $"'{connection.Namespace}' is there");
        }
        catch (KubernetesException e) when (e.IsForbidden)
        {
            return new Check("namespace", CheckState.Limited, "unknown: namespaces may not be read", "kubectl apply -f deploy/rbac/inventory.yaml, and bind it.", "CRT5225");
        }
    }
}
