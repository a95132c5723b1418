using System.Text.Json.Nodes;
using Crater.Diagnostics;
using Crater.Kubernetes.Agents;
using Crater.Kubernetes.Client;
using Crater.Targets;

namespace Crater.Kubernetes.Install;

/// <summary>Waits for what an installation brings about, and says what it waits for.</summary>
internal sealed class InstallWait(KubernetesClient client, InstallOptions options, TimeProvider clock, Action<string> tell)
{
    private static readonly TimeSpan Between = TimeSpan.FromMilliseconds(500);

    public const string Operator = "crater-operator";

    public Task EstablishedAsync(string definition, TimeSpan patience, CancellationToken abort) => UntilAsync(async () =>
    {
        var found = await client.FindAsync(InstalledKinds.Definitions, null, definition, abort);
        return IsTrue(found, "Established") ? "" : $"{definition} is not established: {Reason(found, "NamesAccepted")}";
    }, patience, abort);

    /// <summary>Until as many processes of the release that was applied are available as there should be, operators and standing agents.</summary>
    public async Task AvailableAsync(TimeSpan patience, CancellationToken abort)
    {
        await OperatorsAsync(patience, abort);
        if (options.AgentDaemonSet)
        {
            await AgentsAsync(patience, abort);
        }
    }

    private Task AgentsAsync(TimeSpan patience, CancellationToken abort) => UntilAsync(async () =>
    {
        var found = await client.FindAsync(Resource.DaemonSets, options.Home, AgentNames.OfDaemonSet, abort);
        var (wanted, updated, ready) = (found.Integer("status", "desiredNumberScheduled") ?? 0, found.Integer("status", "updatedNumberScheduled") ?? 0, found.Integer("status", "numberReady") ?? 0);
        return IsSeen(found) && updated >= wanted && ready >= wanted ? "" : $"{Math.Min(updated, ready)} of {wanted} agents ready{await WhyAsync("agent-daemon-set", abort)}";
    }, patience, abort);

    private Task OperatorsAsync(TimeSpan patience, CancellationToken abort) => UntilAsync(async () =>
    {
        var found = await client.FindAsync(Resource.Deployments, options.Home, Operator, abort);
        var (wanted, available, updated) = (found.Integer("spec", "replicas") ?? 1, found.Integer("status", "availableReplicas") ?? 0, found.Integer("status", "updatedReplicas") ?? 0);
        return IsSeen(found) && available >= wanted && updated >= wanted && found.Integer("status", "replicas") == wanted ? ""
            : $"{Math.Min(available, updated)} of {wanted} operators available{await WhyAsync("operator", abort)}";
    }, patience, abort);

    /// <param name="look">Gives what is missing; empty when nothing is.</param>
    public async Task UntilAsync(Func<Task<string>> look, TimeSpan patience, CancellationToken abort)
    {
        var began = clock.GetTimestamp();
        for (var told = ""; ;)
        {
            var missing = await look();
            if (missing.Length == 0)
            {
                return;
            }

            if (missing != told)
            {
                tell($"waiting: {told = missing}");
            }

            if (clock.GetElapsedTime(began) >= patience)
            {
                throw new CraterException("CRT8605", $"After {Durations.Text(patience)}: {missing}. What was applied stays; the same command goes on from here.");
            }

            await Task.Delay(Between, clock, abort);
        }
    }

    /// <summary>What the pods, or those that should make them, say is in the way.</summary>
    private async Task<string> WhyAsync(string component, CancellationToken abort)
    {
        try
        {
            var pods = (await client.ListAsync(Resource.Pods, options.Home, new ListQuery { LabelSelector = $"app.kubernetes.io/component={component}" }, abort)).Items;
            var reasons = pods.SelectMany(pod => pod.Objects("status", "containerStatuses").Select(container => container.At("state", "waiting")))
                .Where(waiting => waiting.Text("reason") is not ("" or "ContainerCreating"))
                .Select(waiting => $"{waiting.Text("reason")}{(waiting.Text("message").Length > 0 ? $", {waiting.Text("message")}" : "")}")
                .Concat(pods.Select(pod => Condition(pod, "PodScheduled")).Where(one => one.Text("status") == "False").Select(one => one.Text("message")));
            var sets = (await client.ListAsync(Resource.ReplicaSets, options.Home, new ListQuery { LabelSelector = $"app.kubernetes.io/component={component}" }, abort)).Items
                .Select(set => Condition(set, "ReplicaFailure").Text("message"));
            return string.Concat(reasons.Concat(sets).Where(reason => reason.Length > 0).Distinct().Order(StringComparer.Ordinal).Take(3).Select(reason => $"; {reason}"));
        }
        catch (KubernetesException e) when (e.IsForbidden)
        {
            return "; why, cannot be seen without the right to list pods and replicasets";
        }
    }

    private static bool IsSeen(JsonObject? found) => found is not null && (found.Integer("status", "observedGeneration") ?? 0) >= (found.Integer("metadata", "generation") ?? 0);

    private static bool IsTrue(JsonObject? found, string type) => Condition(found, type).Text("status") == "True";

    private static string Reason(JsonObject? found, string type) => Condition(found, type).Text("message") is { Length: > 0 } message ? message : "the server has not said why";

    private static JsonObject? Condition(JsonObject? found, string type) => found.Objects("status", "conditions").FirstOrDefault(one => one.Text("type") == type);
}
