namespace Crater.Agent.Faults;

/// <summary>Every fault of this agent, by its name and by the names that other tools give it.</summary>
internal static class HostFaults
{
    /// <summary>In the order of the catalogue.</summary>
    public static IReadOnlyList<HostFault> All { get; } =
    [
        new CpuBurn(), new CpuLoad(), new MemoryFill(), new MemoryOom(), new DiskFill(), new DiskBurn(), new DiskThrottle(), new DiskHang(), new PortOccupy(), new ProcessKill(), new ProcessStop(), new FdExhaust(), new NprocExhaust(), new TimeSkew(),
        new Network.NetworkDelay(), new Network.NetworkLoss(), new Network.NetworkPartition(),
        new Network.NetworkCorrupt(), new Network.NetworkDuplicate(), new Network.NetworkReorder(), new Network.NetworkBandwidth(),
        new Network.Dns.DnsOverride(), new Network.Dns.DnsFail(),
        new Http.HttpDelay(), new Http.HttpAbort(), new Http.HttpStatus(), new Http.HttpBody(),
        new PlacedFiles(new FileCreate()), new PlacedFiles(new FileAppend()), new PlacedFiles(new FileModify()),
        new PlacedFiles(new FileDelete()), new PlacedFiles(new FileMove()), new PlacedFiles(new FileChmod()),
        new Containers.ContainerKill(), new Containers.ContainerPause(), new Containers.ContainerRemove(), new Containers.ContainerRestart(),
    ];

    /// <summary>By canonical name or alias, whatever the case and whether words are joined by dashes, underscores or spaces; null when it is not known.</summary>
    public static HostFault? Find(string name)
    {
        var normal = name.Trim().ToLowerInvariant().Replace(' ', '-').Replace('_', '-');
        return All.FirstOrDefault(fault => fault.Description.Name == normal || fault.Description.Aliases.Contains(normal));
    }
}
