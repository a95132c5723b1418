using Crater.Agent.Host;

namespace Crater.Agent.Places;

/// <summary>Memory as a place's control group counts it, in bytes.</summary>
internal static class PlaceMemory
{
    /// <summary>
    /// The limit, and what is left of it; those of the host where the place has none, or a wider one. Page cache that can be dropped counts as left. Where version 2 slows processes down
    /// before the limit (memory.high), that is the limit: who takes more takes it for ever.
    /// </summary>
    /// <exception cref="AgentException">CRT5615: it has no control group of its own.</exception>
    public static (long Total, long Available) Of(Place place)
    {
        var host = MemoryState.OfHost();
        var group = Group(place);
        return group.Comfortable is { } limit ? (limit, Math.Min(limit - group.Held, host.Available)) : host;
    }

    /// <summary>What the groups around the place leave to all that is in them.</summary>
    public static long LeftAround(Place place)
    {
        var own = Group(place);
        return own.Around(Cgroups.Mounts()[own.IsUnified ? Cgroups.Unified : "memory"].Point)
            .Where(group => group.Comfortable is not null).Select(group => group.Comfortable!.Value - group.Held).Append(MemoryState.OfHost().Available).Min();
    }

    private static MemoryGroup Group(Place place)
    {
        var folder = place.Cgroup("memory");
        return new MemoryGroup(folder, IsUnified: !File.Exists($"{folder}/memory.limit_in_bytes"));
    }
}
