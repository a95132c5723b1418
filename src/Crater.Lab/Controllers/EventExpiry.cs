using Crater.Lab.Store;

namespace Crater.Lab.Controllers;

/// <summary>Takes events away an hour after they were last seen, which is the real server's default.</summary>
internal sealed class EventExpiry(Workbench work) : IController
{
    private static readonly TimeSpan Kept = TimeSpan.FromHours(1);

    /// <summary>One key for all events: they are swept together.</summary>
    private static readonly ObjectKey Sweep = new("events", "", "");

    private static readonly TimeSpan SweepEvery = TimeSpan.FromMinutes(5);

    public IEnumerable<ObjectKey> Concerned(StoreEvent change) =>
        change is { Resource: "namespaces", Change: StoreChange.Added } ? [Sweep] : [];

    public TimeSpan? Reconcile(ObjectKey key)
    {
        foreach (var item in work.Store.Scan("events").Items)
        {
            if ((item.Instant("lastTimestamp") ?? item.Instant("metadata", "creationTimestamp")) + Kept < work.Now)
            {
                work.Store.Remove("events", item.Space(), item.Name());
            }
        }

        return SweepEvery;
    }
}
