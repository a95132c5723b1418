using System.Globalization;
using Crater.Agent.Host;

namespace Crater.Agent.Places;

/// <summary>Memory as a place's control group counts it, in bytes.</summary>
internal static class PlaceMemory
{
    /// <summary>The limit, and what is left of it; those of the host where the place has none, or a wider one. Page cache that can be dropped counts as left.</summary>
    /// <exception cref="AgentException">CRT5615: it has no control group of its own.</exception>
    public static (long Total, long Available) Of(Place place)
    {
        var host = MemoryState.OfHost();
        var folder = place.Cgroup("memory");
        var isFirst = File.Exists($"{folder}/memory.limit_in_bytes");
        var limit = Number(File.ReadAllText($"{folder}/{(isFirst ? "memory.limit_in_bytes" : "memory.max")}"));
        if (limit is null || limit > host.Total)
        {
            return host;
        }

        var used = Number(File.ReadAllText($"{folder}/{(isFirst ? "memory.usage_in_bytes" : "memory.current")}")) ?? 0;
        var droppable = File.ReadLines($"{folder}/memory.stat").Where(line => line.StartsWith(isFirst ? "total_inactive_file " : "inactive_file ", StringComparison.Ordinal))
            .Select(line => Number(line[(line.IndexOf(' ', StringComparison.Ordinal) + 1)..]) ?? 0).FirstOrDefault();
        return (limit.Value, Math.Min(limit.Value - Math.Max(used - droppable, 0), host.Available));
    }

    // Version 2 writes "max" for no limit.
    private static long? Number(string text) => long.TryParse(text.Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;
}
