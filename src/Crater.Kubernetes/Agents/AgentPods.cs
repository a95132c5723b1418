using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using Crater.Diagnostics;
using Crater.Drivers;
using Crater.Kubernetes.Client;
using Crater.Targets;

namespace Crater.Kubernetes.Agents;

/// <summary>
/// The agent pods of a cluster: one on each node that a run has faults on, for as long as a run has some there. Runs on one node share its pod, since one craterd has to know
/// everything that is done on a host. What a pod leaves when it is killed stands in its state folder on the node, where the next one finds it. Where one stands there anyway, it is used as it is.
/// </summary>
internal sealed class AgentPods(KubernetesClient client, AgentPodOptions options, AgentUses uses, TimeProvider clock) : IDisposable
{
    private readonly AgentTokens _tokens = new(client, options);

    private static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(250);

    /// <summary>One for each node: an agent that does not start must not keep others waiting.</summary>
    private readonly ConcurrentDictionary<string, SemaphoreSlim> _gates = new();

    public void Dispose()
    {
        foreach (var gate in _gates.Values)
        {
            gate.Dispose();
        }
    }

    /// <summary>The craterd of a node, in a pod that may do what is needed; made when there is none.</summary>
    /// <param name="run">Whose record on the node is written already: so whoever leaves at the same moment sees that somebody comes.</param>
    /// <exception cref="CraterException">CRT8501 to CRT8509, CRT8515: there is none, and why.</exception>
    public async Task<AgentLink> ReachAsync(RunId run, string node, AgentNeeds needs, CancellationToken abort)
    {
        // Two injections of a run on one node come here at once.
        var gate = _gates.GetOrAdd(node, _ => new SemaphoreSlim(1, 1));
        await gate.WaitAsync(abort);
        try
        {
            return await TryReachAsync(run, node, needs, abort);
        }
        finally
        {
            gate.Release();
        }
    }

    /// <summary>The craterd of the agent pod that is on a node; null where none answers now. Makes nothing.</summary>
    public async Task<AgentLink?> FindAsync(string node, CancellationToken abort) =>
        await OnNodeAsync(node, abort) is { } pod && AgentPodState.IsRunning(pod) ? await AnswersAsync(pod, node, abort) : null;

    /// <summary>Removes the pod that was made for runs on a node when none has faults there any more.</summary>
    public async Task LeaveAsync(string node, CancellationToken budget)
    {
        var name = AgentNames.OfNode(node);
        for (var attempt = 1; ; attempt++)
        {
            // Pod and token first: whoever takes the pod into use after this changes it, and neither is deleted but as it was seen.
            var pod = await client.FindAsync(Resource.Pods, options.Namespace, name, budget);
            var token = await _tokens.FindAsync(name, budget);
            if ((pod is null && token is null) || (await uses.ListAsync(budget)).Any(use => use.Node == node))
            {
                return;
            }

            try
            {
                await RemoveAsync(pod, token, budget);
                return;
            }
            catch (KubernetesException e) when (e.IsNotFound || (e.IsConflict && attempt < 20))
            {
                // Its status changed, or somebody came; look again.
            }
        }
    }

    /// <exception cref="KubernetesException">The pod is another one than was seen, or in another state.</exception>
    private async Task RemoveAsync(JsonObject? pod, JsonObject? token, CancellationToken budget)
    {
        if (pod is not null && !pod.IsTerminating())
        {
            await client.DeleteAsync(Resource.Pods, options.Namespace, pod.Name(), new DeleteRequest { Uid = pod.Uid(), ResourceVersion = pod.ResourceVersion() }, budget);
        }

        await _tokens.DropAsync(token, budget);
    }

    private async Task<AgentLink> TryReachAsync(RunId run, string node, AgentNeeds needs, CancellationToken abort)
    {
        var name = AgentNames.OfNode(node);
        var began = clock.GetTimestamp();
        var ours = "";
        while (true)
        {
            var pod = await OnNodeAsync(node, abort);
            var isStanding = pod is not null && StandingAgent.Is(pod, node);
            var mayLess = pod is not null && !isStanding && !AgentPodState.IsOver(pod) && !AgentNeeds.Parse(pod.Annotation(AgentNames.NeedsKey)).Covers(needs);
            if (mayLess)
            {
                await ReplaceAsync(pod!, run, node, abort);
            }
            else if (pod is not null && AgentPodState.IsRunning(pod) && await AnswersAsync(pod, node, abort) is { } link)
            {
                if (isStanding || pod.Uid() == ours || await TakeAsync(pod, run, abort))
                {
                    return link;
                }

                link.Dispose();
            }
            else if (!isStanding)
            {
                ours = await MoveOnAsync(pod, ours, name, node, needs, abort);
            }

            if (clock.GetElapsedTime(began) is var waited && (waited > options.StartPatience || (isStanding && waited > StandingAgent.Patience)))
            {
                throw isStanding ? StandingAgent.Silent(pod!, node, await TokenAsync(pod!, node, abort) is not "") : mayLess ? Busy(node, pod!, needs) : await SilentAsync(name, node, abort);
            }

            await Task.Delay(LookEvery, clock, abort);
        }
    }

    /// <summary>
    /// Removes a pod that may do too little once no other run uses it; it is not widened under one that does. Who needs more than it may himself and has nothing there only waits for it as we do:
    /// two who waited for each other's records would wait for ever.
    /// </summary>
    private async Task ReplaceAsync(JsonObject pod, RunId run, string node, CancellationToken abort)
    {
        var token = await _tokens.FindAsync(pod.Name(), abort);
        var may = AgentNeeds.Parse(pod.Annotation(AgentNames.NeedsKey));
        if ((await uses.ListAsync(abort)).Any(use => use.Node == node && use.Run != run && (use.Injections.Count > 0 || may.Covers(use.Needs))))
        {
            return;
        }

        try
        {
            await RemoveAsync(pod, token, abort);
        }
        catch (KubernetesException e) when (e.IsNotFound || e.IsConflict)
        {
            // Changed meanwhile; the next look says how.
        }
    }

    /// <summary>Changes somebody else's pod, so that whoever is about to remove it as unused finds it another than he saw.</summary>
    /// <returns>False when it is being removed already.</returns>
    private async Task<bool> TakeAsync(JsonObject pod, RunId run, CancellationToken abort)
    {
        var mark = $"{run} {System.Security.Cryptography.RandomNumberGenerator.GetHexString(8, lowercase: true)}";
        try
        {
            var patch = new JsonObject { ["metadata"] = new JsonObject { ["uid"] = pod.Uid(), ["annotations"] = new JsonObject { [AgentNames.UsedKey] = mark } } };
            return !(await client.PatchAsync(Resource.Pods, options.Namespace, pod.Name(), PatchForm.Merge, patch, null, abort)).IsTerminating();
        }
        catch (KubernetesException e) when (e.IsNotFound || e.IsConflict)
        {
            return false;
        }
    }

    private CraterException Busy(string node, JsonObject pod, AgentNeeds needs) => new("CRT8507",
        $"The agent pod on node {node} runs for another run with {AgentNeeds.Parse(pod.Annotation(AgentNames.NeedsKey))}, and this one needs {needs}. That run did not end within {Durations.Text(options.StartPatience)}. Run this one when it has, or run agents as a DaemonSet. Nothing was injected.");

    private async Task<CraterException> SilentAsync(string name, string node, CancellationToken abort)
    {
        var seen = await OnNodeAsync(node, abort);
        return new CraterException("CRT8508",
            $"The agent pod {options.Namespace}/{name} on node {node} did not answer within {Durations.Text(options.StartPatience)}: {(seen is null ? "it is gone" : AgentPodState.Text(seen))}. Look with: kubectl describe pod -n {options.Namespace} {name}.");
    }

    /// <summary>Makes the pod where there is none, clears away one that has ended before, and gives up on one that cannot run.</summary>
    /// <param name="ours">The uid of the one that was made here; empty for none.</param>
    /// <returns>That uid from now on.</returns>
    private async Task<string> MoveOnAsync(JsonObject? pod, string ours, string name, string node, AgentNeeds needs, CancellationToken abort)
    {
        if (pod is null)
        {
            if (options.IsDaemonSet)
            {
                throw StandingAgent.Missing(node, options);
            }

            await MustBeReadyAsync(node, abort);
            return await CreateAsync(name, node, needs, abort);
        }
        else if (pod.Text("status", "phase") is "Failed" or "Succeeded" && !pod.IsTerminating() && pod.Uid() != ours)
        {
            await DeleteAsync(name, pod, abort);
        }
        else if (!pod.IsTerminating() && AgentPodState.Trouble(pod, options, node) is { } trouble)
        {
            var token = await _tokens.FindAsync(name, abort);
            await DeleteAsync(name, pod, abort);
            await _tokens.DropAsync(token, abort);
            throw trouble;
        }

        return ours;
    }

    private async Task<JsonObject?> OnNodeAsync(string node, CancellationToken abort)
    {
        var query = new ListQuery { LabelSelector = $"{AgentNames.AgentLabel}=true", FieldSelector = $"spec.nodeName={node}" };
        return StandingAgent.Choose((await client.ListAsync(Resource.Pods, options.Namespace, query, abort)).Items, node, options.IsDaemonSet);
    }

    private async Task<string> TokenAsync(JsonObject pod, string node, CancellationToken abort) =>
        AgentManifest.TokenOf(await _tokens.FindAsync(StandingAgent.Is(pod, node) ? AgentNames.OfDaemonSet : AgentNames.OfNode(node), abort));

    private async Task<string> CreateAsync(string name, string node, AgentNeeds needs, CancellationToken abort)
    {
        JsonObject? token = null;
        try
        {
            token = await _tokens.MakeAsync(name, node, abort);
            if (token is null)
            {
                return "";
            }

            // For everybody who has written that he comes, so that none of them has to wait for another's end.
            var all = (await uses.ListAsync(abort)).Where(use => use.Node == node && !use.IsOver).Aggregate(needs, (sum, use) => sum.With(use.Needs));
            return (await client.CreateAsync(Resource.Pods, options.Namespace, AgentManifest.Pod(name, options, node, all), abort)).Uid();
        }
        catch (KubernetesException e) when (e.AlreadyExists)
        {
            return "";      // another run made them at the same moment; its pod will do
        }
        catch (KubernetesException e)
        {
            await _tokens.DropAsync(token, abort);
            throw AgentPodState.Refusal(e, options) ?? (CraterException)e;
        }
    }

    private async Task<AgentLink?> AnswersAsync(JsonObject pod, string node, CancellationToken abort)
    {
        var token = await TokenAsync(pod, node, abort);
        if (token.Length == 0)
        {
            return null;
        }

        var link = new AgentLink(node, pod, token, client);
        if (await link.AnswersAsync(clock, abort))
        {
            return link;
        }

        link.Dispose();
        return null;
    }

    private async Task MustBeReadyAsync(string node, CancellationToken abort)
    {
        var found = await client.FindAsync(Resource.Nodes, null, node, abort)
            ?? throw new CraterException("CRT8505", $"There is no node {node} any more. What was in place there went with it; plan again.");
        if (!found.Condition("Ready"))
        {
            throw new CraterException("CRT8505", $"Node {node} is not ready, so that no agent pod can be started there. Look with: kubectl describe node {node}.");
        }
    }

    private async Task DeleteAsync(string name, JsonObject pod, CancellationToken abort)
    {
        try
        {
            await client.DeleteAsync(Resource.Pods, options.Namespace, name, new DeleteRequest { Uid = pod.Uid() }, abort);
        }
        catch (KubernetesException e) when (e.IsNotFound || e.IsConflict)
        {
            // Gone, or another one by now.
        }
    }
}
