using Crater.Discovery;

namespace Crater.Risks.Rules;

/// <summary>What a component needs from its stores and queues in order to work.</summary>
internal static class DependencyRules
{
    /// <summary>With fewer connections than this, a store that answers in 300 ms serves under 30 requests a second (Little's law: 8 / 0.3 s ≈ 27/s).</summary>
    private const int PoolMin = 8;

    public static IEnumerable<Rule> All =>
    [
        new("WK-CACHE", 2, "A cache that must be there: without it requests fail", Severity.High, Look.Workloads, ["RD-2"], index => Cache(index).Concat(CacheSetting(index))),
        new("WK-POOL", 2, "A small connection pool: a slow store uses it up", Severity.High, Look.Workloads, ["DB-6"], index => Pool(index).Concat(PoolSetting(index))),
        new("WK-IDEMPOTENT", 2, "A consumer that does its work twice when a message comes twice", Severity.High, Look.Workloads, ["MQ-4"], Idempotent),
        new("WK-ACK", 1, "A message is acknowledged before its work is done", Severity.High, Look.Workloads, ["MQ-4"], Acknowledge),
        new("WK-BOUND", 1, "A queue or buffer without a bound", Severity.Medium, Look.Workloads, ["MQ-5", "WEB-4"], Bound),
    ];

    private static IEnumerable<Observation> Cache(TopologyIndex index) =>
        from component in index.LongRunning
        from edge in index.DependenciesOf(component)
        let store = index.Find(edge.To)!
        let without = Declarations.DoesWithout(component, store)
        // A key without a dependency's name is about the one that has no data of its own to lose: no volume.
        where without is not null && (Declarations.Find(component, store, "cache", "dependency")!.IsNamed || LooksLikeCache(store))
        select new Observation(
            component.Id, $"{component.Id} calls {store.Id}", $"declares cache: {Declarations.Find(component, store, "cache", "dependency")!.Text}",
            without.Value ? Answer.Satisfied : Answer.Violated)
        { Hits = [store.Id] };

    /// <summary>Who has a setting for its cache and does not say what happens without it.</summary>
    private static IEnumerable<Observation> CacheSetting(TopologyIndex index) =>
        from component in index.LongRunning
        let setting = Settings.Find(component, "CACHE")
        where setting is not null && TopologyIndex.Declared(component, "cache", "dependency") is null
        from edge in index.DependenciesOf(component)
        let store = index.Find(edge.To)!
        where LooksLikeCache(store) && Declarations.DoesWithout(component, store) is null
        select new Observation(component.Id, $"{component.Id} calls {store.Id}", Settings.Unseen(setting), Answer.Unknown) { Hits = [store.Id] };

    private static bool LooksLikeCache(Component store) => TopologyIndex.KeepsState(store) && !store.Policy.HasPersistentVolume;

    private static IEnumerable<Observation> Pool(TopologyIndex index) =>
        from component in index.LongRunning
        from edge in index.DependenciesOf(component)
        let store = index.Find(edge.To)!
        let found = PoolSize(component, store)
        where found is not null && (found.IsNamed || TopologyIndex.KeepsState(store))
        let size = Declarations.Number(found.Text)
        select new Observation(
            component.Id, $"{component.Id} calls {store.Id} pool", $"declares {found.Key}: {found.Text}",
            size is null ? Answer.Unknown : size < PoolMin ? Answer.Violated : Answer.Satisfied)
        { Hits = [store.Id] };

    /// <summary>Who has a setting for the size of a pool and does not say how large it is. Which store it is for stands in its name, if anywhere.</summary>
    private static IEnumerable<Observation> PoolSetting(TopologyIndex index) =>
        from component in index.LongRunning
        where TopologyIndex.Declared(component, "pool-size", "pool") is null
        let stores = index.DependenciesOf(component).Select(edge => index.Find(edge.To)!).Where(TopologyIndex.KeepsState).ToArray()
        let setting = Settings.Find(component, "POOL")
        where setting is not null
        let named = stores.Where(store => Settings.IsAbout(setting, store)).ToArray()
        from store in named.Length > 0 ? named : stores
        where PoolSize(component, store) is null
        select new Observation(component.Id, $"{component.Id} calls {store.Id} pool", Settings.Unseen(setting), Answer.Unknown) { Hits = [store.Id] };

    /// <summary>The pool's size stands under <c>pool-size</c>, and the store that it leads to under <c>pool-to</c>.</summary>
    private static Declaration? PoolSize(Component component, Component store)
    {
        var named = TopologyIndex.Declared(component, "pool-to");
        return named is not null && named != store.Name ? null
            : Declarations.Find(component, store, "pool-size", "pool") is { } found ? found with { IsNamed = found.IsNamed || named is not null } : null;
    }

    private static IEnumerable<Observation> Idempotent(TopologyIndex index) =>
        from component in index.LongRunning
        let declared = TopologyIndex.Declared(component, "idempotent", "idempotency")
        let consumes = component.Tier == Tier.Worker || index.DependenciesOf(component).Any(edge => index.Find(edge.To)!.Tier == Tier.Queue)
        let setting = Settings.Find(component, "IDEMPOTENT", "IDEMPOTENCY")
        where declared is not null || setting is not null || component.Tier == Tier.Worker
        select declared is null
            ? Look.Undeclared(component, "metadata.annotations[crater.dev/idempotent]", setting is null ? "nothing is declared" : Settings.Unseen(setting))
            : Look.At(component, "metadata.annotations[crater.dev/idempotent]", $"declares idempotent: {declared}", Declarations.SaysNo(declared)) with
            {
                Severity = consumes || component.Tier == Tier.Unknown ? Severity.High : Severity.Medium,
            };

    private static IEnumerable<Observation> Acknowledge(TopologyIndex index) =>
        from component in index.LongRunning
        let declared = TopologyIndex.Declared(component, "ack", "acknowledge")
        where declared is not null
        select Look.At(
            component, "metadata.annotations[crater.dev/ack]", $"declares ack: {declared}", Declarations.IsOneOf(declared, "early", "before", "auto", "receive"));

    private static IEnumerable<Observation> Bound(TopologyIndex index) =>
        from component in index.LongRunning
        let declared = TopologyIndex.Declared(component, "queue-limit", "buffer-limit")
        where declared is not null
        select Look.At(component, "metadata.annotations[crater.dev/queue-limit]", $"declares queue-limit: {declared}", Declarations.SaysNo(declared)) with
        {
            Suggests = component.Tier == Tier.Queue ? ["MQ-5"] : ["WEB-4"],
        };
}
