using Crater.Discovery;

namespace Crater.Risks.Rules;

/// <summary>Can one pod take what its neighbours need?</summary>
internal static class ResourceRules
{
    public static IEnumerable<Rule> All =>
    [
        new("WK-CPU", 1, "No CPU request: the scheduler gives no share to count on", Severity.Low, Look.Workloads, ["WEB-3"], Cpu),
        new("WK-MEM", 1, "No memory limit: a leak takes the node's memory", Severity.Medium, Look.Workloads, ["WEB-4", "WEB-9", "DB-5"], Memory),
        new("WK-MEM-REQUEST", 1, "No memory request: first to be evicted under pressure", Severity.Low, Look.Workloads, ["ND-3"], MemoryRequest),
        new("WK-EPH", 1, "No limit on scratch space", Severity.Low, Look.Workloads, ["ND-3"], Ephemeral),
    ];

    private static IEnumerable<Observation> Cpu(TopologyIndex index) => Look.Containers(index, "resources.requests.cpu", (_, container) =>
        (container.CpuRequest is { } cores ? $"{cores:0.###} cores" : "not set", container.CpuRequest is null && container.CpuLimit is null));

    private static IEnumerable<Observation> Memory(TopologyIndex index) => Look.Containers(index, "resources.limits.memory", (_, container) =>
            (container.MemoryLimit is { } bytes ? $"{bytes / 1024 / 1024:0.#} MiB" : "not set", container.MemoryLimit is null))
        .Select(seen => seen with
        {
            Suggests = seen.Answer == Answer.Satisfied ? ["WEB-9"] : TopologyIndex.KeepsState(index.Find(seen.Component)!) ? ["DB-5"] : ["WEB-4"],
        });

    private static IEnumerable<Observation> MemoryRequest(TopologyIndex index) => Look.Containers(index, "resources.requests.memory", (_, container) =>
        (container.MemoryRequest is { } bytes ? $"{bytes / 1024 / 1024:0.#} MiB" : "not set", container.MemoryRequest is null && container.MemoryLimit is null));

    private static IEnumerable<Observation> Ephemeral(TopologyIndex index) => Look.Containers(index, "resources.limits.ephemeral-storage", (_, container) =>
        (container.EphemeralLimit is { } bytes ? $"{bytes / 1024 / 1024:0.#} MiB" : "not set", container.EphemeralLimit is null));
}
