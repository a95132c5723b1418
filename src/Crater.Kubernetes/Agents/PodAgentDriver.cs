using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using Crater.Agents;
using Crater.Diagnostics;
using Crater.Drivers;
using Crater.Faults;
using Crater.Kubernetes.Client;
using Crater.Targets;

namespace Crater.Kubernetes.Agents;

/// <summary>
/// The driver <c>agent</c> in a cluster: faults of hosts put on pods and nodes by a craterd in a pod on the node. That a run may have a fault there stands in the cluster before craterd is
/// asked; craterd holds the fault, and what a killed agent pod leaves is taken off by the next one on that node.
/// </summary>
public sealed class PodAgentDriver : IDriver, IDisposable
{
    private const string ContainerMark = " in ";

    /// <summary>A few requests.</summary>
    private static readonly TimeSpan GiveBackMax = TimeSpan.FromSeconds(15);

    private readonly KubernetesClient _client;
    private readonly AgentPods _pods;
    private readonly AgentUses _uses;
    private readonly AgentRenewals _renewals;
    private readonly AgentDriver _inner;
    private readonly ConcurrentDictionary<string, AgentLink> _links = new();
    private readonly ConcurrentDictionary<string, (AgentNeeds Needs, long RenewedAt)> _needs = new();
    private readonly TimeProvider _clock;

    public PodAgentDriver(KubernetesConnection connection, AgentPodOptions options, TimeProvider clock) : this(connection.Client, connection.IsLab, options, clock)
    {
    }

    internal PodAgentDriver(KubernetesClient client, bool isLab, AgentPodOptions options, TimeProvider clock)
    {
        _client = client;
        _clock = clock;
        _uses = new AgentUses(_client, options, new AgentSpace(_client, options, isLab));
        _pods = new AgentPods(_client, options, _uses, clock);
        _renewals = new AgentRenewals(_uses, clock);
        _inner = new AgentDriver(new Reach(this));
        Pace = new DriverPace(TimeSpan.Zero, options.StartPatience);
        Sweep = new AgentSweep(_pods, _uses, clock);
    }

    /// <summary>Finishes what dead runs left on nodes.</summary>
    public AgentSweep Sweep { get; }

    public string Name => AgentDriver.DriverName;

    /// <summary>A recovery may have to bring an agent pod first.</summary>
    public DriverPace Pace { get; }

    public bool Supports(string fault) => FaultCatalogue.Variants(fault).Any(definition => definition.Drivers.Contains(Name));

    /// <summary>Starts the agents of all nodes of the run at once, each with all that the run needs there.</summary>
    public async Task BeginAsync(RunId run, IReadOnlyList<Injection> injections, CancellationToken abort)
    {
        var own = injections.Where(injection => injection.Driver == Name && injection.Target.Kind is TargetKind.Pod or TargetKind.Node).GroupBy(injection => injection.Target.Node).ToList();
        try
        {
            // All records first: whoever makes an agent makes it for all that are written down by then, so that no two runs can each hold a node that the other waits for.
            await Task.WhenAll(own.Select(async node =>
            {
                _needs[Key(run, node.Key)] = (AgentNeeds.Of(node), 0);
                await _uses.AddAsync(run, node.Key, AgentNeeds.Of(node), "", abort);
                _renewals.Keep(run, node.Key);
            }));
            await Task.WhenAll(own.Select(async node => (await LinkAsync(run, node.Key, AgentNeeds.Of(node), abort)).MustAllow(AgentNeeds.Of(node))));
        }
        catch
        {
            await GiveBackAsync(run);
            throw;
        }
    }

    public async Task<Preparation> PrepareAsync(Injection injection, CancellationToken abort)
    {
        var needs = NeedsOf(injection);
        await _uses.AddAsync(injection.Run, injection.Target.Node, needs, AgentUid.Of(injection), abort);
        _renewals.Keep(injection.Run, injection.Target.Node);
        (await LinkAsync(injection.Run, injection.Target.Node, needs, abort)).MustAllow(needs);
        var pod = await PodAsync(injection, abort);
        var container = pod is null || PodWords.IsOfPod(injection.Fault) ? "" : PodFacts.ContainerOf(pod, injection.Fault.Text("container"));
        var inner = await TranslateAsync(injection, pod, container, abort);
        var preparation = await AskAsync(injection, () => _inner.PrepareAsync(inner, abort));
        var before = PodHealing.Counts(injection) ? PodHealing.Of(preparation.Before, pod) : preparation.Before;
        return preparation with { Before = before, UndoId = preparation.UndoId + ContainerMark + container };
    }

    public async Task<string> InjectAsync(Injection injection, Preparation preparation, TimeSpan lease, CancellationToken abort)
    {
        var (own, container) = Split(preparation);
        var pod = await PodAsync(injection, abort);
        if (container.Length > 0 && !PodFacts.Containers(pod).Contains(container))
        {
            throw new CraterException("CRT8511", $"The container of '{injection.Target.Id}' was started anew since the injection was prepared. Nothing was touched; run the experiment again.");
        }

        var inner = await TranslateAsync(injection, pod, container, abort);
        return await AskAsync(injection, () => _inner.InjectAsync(inner, own, lease, abort));
    }

    public async Task RenewAsync(Injection injection, Preparation preparation, TimeSpan lease, CancellationToken abort)
    {
        await AskAsync(injection, () => DoneAsync(_inner.RenewAsync(Plain(injection), Split(preparation).Own, lease, abort)));
        var key = Key(injection.Run, injection.Target.Node);
        if (_needs.TryGetValue(key, out var one) && _clock.GetElapsedTime(one.RenewedAt) > AgentUses.RenewEvery)
        {
            await _uses.RenewAsync(injection.Run, injection.Target.Node, abort);
            _needs[key] = one with { RenewedAt = _clock.GetTimestamp() };
        }
    }

    public async Task RecoverAsync(Injection injection, Preparation preparation, CancellationToken budget)
    {
        try
        {
            await LinkAsync(injection.Run, injection.Target.Node, NeedsOf(injection), budget);
            await AskAsync(injection, () => DoneAsync(_inner.RecoverAsync(Plain(injection), Split(preparation).Own, budget)));
        }
        catch
        {
            // What could not be taken off is for others to try as well, and they look only where nobody renews.
            _renewals.End(injection.Run);
            throw;
        }
    }

    public async Task<Inspection> InspectAsync(Injection injection, Preparation preparation, CancellationToken budget)
    {
        var seen = await _inner.InspectAsync(Plain(injection), Split(preparation).Own, budget);
        if (seen.Presence == Presence.Unknown)
        {
            Forget(injection.Target.Node);
            seen = await _inner.InspectAsync(Plain(injection), Split(preparation).Own, budget);
        }

        return PodHealing.Counts(injection) ? await PodHealing.LookAsync(_client, injection, seen, budget) : seen;
    }

    /// <summary>Gives the run's nodes back, and removes the agents that nobody uses any more.</summary>
    public async Task EndAsync(RunId run, CancellationToken budget)
    {
        _renewals.End(run);
        foreach (var use in (await _uses.ListAsync(budget)).Where(use => use.Run == run))
        {
            await GiveBackAsync(use, budget);
        }

        // Where somebody else ended the run's use, recovery may have brought an agent once more.
        foreach (var node in _needs.Keys.Where(key => key.StartsWith($"{run} ", StringComparison.Ordinal)).Select(key => key[(run.Value.Length + 1)..]))
        {
            await _pods.LeaveAsync(node, budget);
        }
    }

    public void Dispose()
    {
        foreach (var node in _links.Keys)
        {
            Forget(node);
        }

        _renewals.Dispose();
        _pods.Dispose();
    }

    /// <summary>A run that could not begin has had no fault on any node: what was made for it goes at once.</summary>
    private async Task GiveBackAsync(RunId run)
    {
        _renewals.End(run);
        using var budget = new CancellationTokenSource(GiveBackMax, _clock);
        try
        {
            foreach (var use in (await _uses.ListAsync(budget.Token)).Where(use => use.Run == run && use.Injections.Count == 0))
            {
                await GiveBackAsync(use, budget.Token);
            }
        }
        catch (Exception e) when (e is KubernetesException or OperationCanceledException)
        {
            // Why it could not begin is to be said; who comes by removes the rest.
        }
    }

    private async Task GiveBackAsync(AgentUse use, CancellationToken budget)
    {
        await _uses.DropAsync(use.Run, use.Node, asSeen: null, budget);
        Forget(use.Node);
        await _pods.LeaveAsync(use.Node, budget);
    }

    private static Task<bool> DoneAsync(Task act) => act.ContinueWith(done => { done.GetAwaiter().GetResult(); return true; }, TaskScheduler.Default);

    private static string Key(RunId run, string node) => $"{run} {node}";

    private static (Preparation Own, string Container) Split(Preparation preparation)
    {
        var at = preparation.UndoId.LastIndexOf(ContainerMark, StringComparison.Ordinal);
        return at < 0 ? (preparation, "") : (preparation with { UndoId = preparation.UndoId[..at] }, preparation.UndoId[(at + ContainerMark.Length)..]);
    }

    private static Injection Plain(Injection injection) => injection.Target.Kind == TargetKind.Pod ? injection with { Fault = injection.Fault with { Name = PodWords.NameOf(injection.Fault) } } : injection;

    private AgentNeeds NeedsOf(Injection injection)
    {
        var needs = AgentNeeds.Of([injection]);
        return _needs.GetValueOrDefault(Key(injection.Run, injection.Target.Node)).Needs?.With(needs) ?? needs;
    }

    private async Task<JsonObject?> PodAsync(Injection injection, CancellationToken abort)
    {
        if (injection.Target.Kind != TargetKind.Pod)
        {
            return null;
        }

        var pod = await Drivers.Look.AtAsync(_client, Resource.Pods, injection.Target, abort);
        return PodWords.IsOfPod(injection.Fault) && pod.Flag("spec", "hostNetwork")
            ? throw new CraterException("CRT8510", $"'{injection.Target.Id}' uses its node's network, so that {injection.Fault.AskedAs} would hit everything on {injection.Target.Node}. Choose a pod with a network of its own, or the node.")
            : pod;
    }

    private async Task<Injection> TranslateAsync(Injection injection, JsonObject? pod, string container, CancellationToken abort)
    {
        if (pod is null)
        {
            return injection;
        }

        var peers = injection.Fault.Text("peers") is { Length: > 0 } selector ? await PodFacts.AddressesAsync(_client, pod.Namespace(), selector, abort) : null;
        return injection with
        {
            Fault = PodWords.Translate(injection.Fault, peers, PodFacts.OnlyPort(pod)),
            Target = injection.Target with { Uid = new PodKey(pod.Uid(), container).ToString() },
        };
    }

    private async Task<AgentLink> LinkAsync(RunId run, string node, AgentNeeds needs, CancellationToken abort)
    {
        if (_links.TryGetValue(node, out var known))
        {
            return known;
        }

        var link = await _pods.ReachAsync(run, node, needs, abort);
        return _links.GetOrAdd(node, link);
    }

    private void Forget(string node)
    {
        if (_links.TryRemove(node, out var link))
        {
            link.Dispose();
        }
    }

    /// <summary>Asks craterd, and once more where its answer was lost: each of these questions is craterd's to know again by the injection's id.</summary>
    private async Task<T> AskAsync<T>(Injection injection, Func<Task<T>> ask)
    {
        try
        {
            try
            {
                return await ask();
            }
            catch (CraterException e) when (e.Code == "CRT5710")
            {
                Forget(injection.Target.Node);
                return await ask();
            }
        }
        catch (CraterException e) when (e.Code is "CRT5710" or "CRT5711" or "CRT5712" or "CRT5214")
        {
            Forget(injection.Target.Node);
            throw;
        }
    }

    private sealed class Reach(PodAgentDriver driver) : IAgentReach
    {
        // A line that broke is made anew to the agent pod that is there; another pod is brought only where something is to be put on or taken off.
        public async Task<AgentClient> OfAsync(Injection injection, CancellationToken abort)
        {
            var node = injection.Target.Node;
            if (!driver._links.TryGetValue(node, out var link))
            {
                var found = await driver._pods.FindAsync(node, abort) ?? throw new CraterException("CRT5710", $"No agent pod on node {node} answers now.");
                link = driver._links.GetOrAdd(node, found);
            }

            return link.Craterd;
        }
    }
}
