using System.Text.Json.Nodes;
using Crater.Kubernetes.Client;
using Crater.Targets;

namespace Crater.Kubernetes.Agents;

/// <summary>A node on which a run may have faults, and what came of looking there.</summary>
/// <param name="Problem">Why it could not be proven clean; empty when it was.</param>
public sealed record SweptNode(AgentUse Use, string Problem);

/// <summary>
/// Finishes on nodes what dead processes began: finds the runs that nobody renews, asks the craterd of each of their nodes to take off what they may have there, and removes the agents.
/// Where the agent pod is gone, another one comes; it finds on the node what the first has left. Runs at every start of <c>craterctl</c> and in the lab; several at once do no harm.
/// </summary>
public sealed class AgentSweep
{
    /// <summary>The kind of object that says which run may have faults on which node.</summary>
    internal const string Kind = "leases.coordination.k8s.io";

    /// <summary>Between two looks of a process that stays.</summary>
    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(5);

    /// <summary>What one node may take; another one must not wait for it for ever.</summary>
    private static readonly TimeSpan NodeBudget = TimeSpan.FromMinutes(2);

    private readonly AgentPods _pods;
    private readonly AgentUses _uses;
    private readonly TimeProvider _clock;

    internal AgentSweep(AgentPods pods, AgentUses uses, TimeProvider clock) => (_pods, _uses, _clock) = (pods, uses, clock);

    /// <summary>Every run that may have faults on a node; none where the agents' namespace may not be looked at: who may not has had none there.</summary>
    /// <exception cref="KubernetesException">The cluster could not be asked.</exception>
    public async Task<IReadOnlyList<AgentUse>> ListAsync(CancellationToken abort) => (await LookAsync(abort)).Uses;

    /// <summary>The same for who may have lost the right to look.</summary>
    /// <returns>With why it was not looked; null when it was.</returns>
    internal async Task<(IReadOnlyList<AgentUse> Uses, KubernetesException? Unseen)> LookAsync(CancellationToken abort)
    {
        try
        {
            return (await _uses.ListAsync(abort), null);
        }
        catch (KubernetesException e) when (e.IsForbidden || e.IsNotFound)
        {
            return ([], e.IsForbidden ? e : null);
        }
    }

    /// <summary>Finishes those that nobody renews.</summary>
    public async Task<IReadOnlyList<SweptNode>> FinishAsync(CancellationToken budget) => await FinishAsync((await ListAsync(budget)).Where(use => use.IsOver), budget);

    /// <summary>Finishes these now, whoever renews them: of runs whose process is known to be dead.</summary>
    public async Task<IReadOnlyList<SweptNode>> FinishAsync(IEnumerable<AgentUse> uses, CancellationToken budget) => await Task.WhenAll(uses.Select(use => FinishAsync(use, budget)));

    /// <summary>Takes off what every run may have on nodes, also of those that live: one of these finds its fault gone at its next renewal, and ends.</summary>
    public async Task<IReadOnlyList<SweptNode>> EndAllAsync(CancellationToken budget) => await FinishAsync(await ListAsync(budget), budget);

    /// <summary>Looks until stopped. A cluster that cannot be asked is asked again.</summary>
    /// <param name="tell">Gets what was finished, and once what could not be.</param>
    public async Task RunAsync(Action<SweptNode> tell, CancellationToken stop)
    {
        HashSet<string> told = [];
        while (!stop.IsCancellationRequested)
        {
            try
            {
                foreach (var swept in (await FinishAsync(stop)).Where(swept => swept.Problem.Length == 0 || told.Add(swept.Use.Name)))
                {
                    tell(swept);
                }

                await Task.Delay(LookEvery, _clock, stop);
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested)
            {
                break;
            }
            catch (Exception)
            {
                // Whatever it was: there is nobody else to look.
                await Task.Delay(LookEvery, _clock, CancellationToken.None);
            }
        }
    }

    private async Task<SweptNode> FinishAsync(AgentUse use, CancellationToken budget)
    {
        using var limit = new CancellationTokenSource(NodeBudget, _clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(budget, limit.Token);
        try
        {
            var problem = use.Injections.Count == 0 ? "" : await TakeOffAsync(use, either.Token);
            if (problem.Length == 0)
            {
                await _uses.DropAsync(use.Run, use.Node, use, either.Token);
                await _pods.LeaveAsync(use.Node, either.Token);
            }

            return new SweptNode(use, problem);
        }
        catch (OperationCanceledException) when (!budget.IsCancellationRequested)
        {
            return new SweptNode(use, $"not finished within {Durations.Text(NodeBudget)}");
        }
        catch (Exception e) when (!budget.IsCancellationRequested)
        {
            return new SweptNode(use, e.Message);       // one node must not keep the others from being finished
        }
    }

    /// <returns>What is left; empty when all is clean.</returns>
    private async Task<string> TakeOffAsync(AgentUse use, CancellationToken budget)
    {
        using var link = await _pods.ReachAsync(use.Run, use.Node, use.Needs, budget);
        List<string> left = [];
        foreach (var injection in use.Injections)
        {
            // One that craterd never heard of is refused from now on.
            var answer = await link.Craterd.PostAsync("/v1/recover", new JsonObject { ["uid"] = injection }, budget);
            left.AddRange(answer.Objects("results").Where(result => !result.Flag("clean")).Select(result => $"{injection}: {result.Text("left")} Look with: {result.Text("look")}"));
        }

        return string.Join(' ', left);
    }
}
