using Crater.Targets;

namespace Crater.Faults.Families;

/// <summary>Faults of what everybody on a host, or in a container on it, shares: CPU, memory, disk space and ports. Done by its craterd.</summary>
internal static class HostResourceFaults
{
    public static IReadOnlyList<FaultDefinition> All { get; } = [Burn(), Load(), Memory(), Disk(), Busy(), Port(), Time()];

    private static FaultDefinition Held(string name, string family, string summary, RiskLevel risk, string mechanism, string residueCheck) => new()
    {
        Name = name,
        Family = family,
        Summary = summary,
        Risk = risk,
        Targets = [TargetKind.Host],
        Drivers = ["agent"],
        Mechanism = mechanism,
        Ending = Ending.DiesWithHolder,
        Fingerprint = "What craterd holds of it on the host.",
        ResidueCheck = residueCheck,
        ByHand = "",
        UndoByHand = "",
    };

    private static FaultDefinition Burn() => Held("cpu-burn", "cpu", "Burns a share of each of some cores of the host, on a container's account in a container.", RiskLevel.Low,
        "One thread of craterd's keeper for each core, bound to it and held to its share by the CPU time that it really got.", "The keeper that burns has ended.") with
    {
        Targets = [TargetKind.Host, TargetKind.Container],
        Parameters =
        [
            new() { Name = "percent", Type = ParameterType.Integer, Summary = "The share of each core.", Unit = "percent", Min = "1", Max = "100", Default = "80", Aliases = ["cpu-percent", "load"] },
            new() { Name = "count", Type = ParameterType.Integer, Summary = "How many cores; 0 is all of them.", Unit = "cores", Min = "0", Max = "4096", Default = "1", Aliases = ["cores", "workers"] },
            new() { Name = "list", Type = ParameterType.Text, Summary = "The cores by number, such as 0-2,6, instead of a count." },
        ],
        Aliases = ["cpu-hog", "cpu-stress"],
        Intensity = new Intensity("percent", 100, "percent of one core"),
        ByHand = "ssh {host} craterd inject cpu-burn --container={container} --percent {percent} --count {count} -t {duration}",
        UndoByHand = "ssh {host} craterd recover --all",
    };

    private static FaultDefinition Load() => Held("cpu-load", "cpu", "Raises the load average of the host without using its CPU.", RiskLevel.Low,
        "Threads of craterd's keeper in a wait that counts as load; where the kernel has none, threads that take what nobody else wants.", "The keeper has ended.") with
    {
        Targets = [TargetKind.Host, TargetKind.Container],
        Parameters = [new() { Name = "count", Type = ParameterType.Integer, Summary = "By how much; 0 is four times the cores.", Unit = "tasks", Min = "0", Max = "4096", Default = "0" }],
        ByHand = "ssh {host} craterd inject cpu-load --container={container} --count {count} -t {duration}",
        UndoByHand = "ssh {host} craterd recover --all",
    };

    private static FaultDefinition Busy() => Held("disk-burn", "disk", "Keeps the disk that a folder of the host is on busy.", RiskLevel.Medium,
        "A thread of craterd's keeper that goes through a file without a name again and again, past the page cache.", "The keeper has ended, and the kernel has freed the file's space.") with
    {
        Targets = [TargetKind.Host, TargetKind.Container],
        Parameters =
        [
            new() { Name = "mode", Type = ParameterType.Choice, Summary = "What is done all the time.", Choices = ["read", "write"], Default = "read" },
            new() { Name = "block", Type = ParameterType.Bytes, Summary = "How much at a time, a multiple of 4 KiB.", Unit = "bytes", Min = "4Ki", Max = "1Gi", Default = "1048576" },
            new() { Name = "size", Type = ParameterType.Bytes, Summary = "Size of the file.", Unit = "bytes", Min = "1Mi", Max = "1Ti", Default = "268435456" },
            new() { Name = "dir", Type = ParameterType.Text, Summary = "A folder on that disk, by its absolute path.", Default = "/tmp", Aliases = ["path", "folder"] },
        ],
        Aliases = ["diskio-burn"],
        ByHand = "ssh {host} craterd inject disk-burn --container={container} --mode {mode} --dir {dir} -t {duration}",
        UndoByHand = "ssh {host} craterd recover --all",
    };

    private static FaultDefinition Memory() => Held("memory-fill", "memory", "Takes memory of the host, or on a container's account, and keeps it.", RiskLevel.High,
        "Pages of craterd's keeper, each written to; in place when all of it is resident. The keeper is the first that the kernel's out-of-memory killer takes.", "The keeper that holds the pages has ended.") with
    {
        Targets = [TargetKind.Host, TargetKind.Container],
        Parameters =
        [
            new() { Name = "percent", Type = ParameterType.Integer, Summary = "Fill until this share of the memory of the host, or of the container's limit, is used, by everyone together.", Unit = "percent", Min = "1", Max = "100", Aliases = ["memory-percent"] },
            new() { Name = "bytes", Type = ParameterType.Bytes, Summary = "Take this much.", Unit = "bytes", Min = "1Mi", Max = "16Ti", Aliases = ["size", "amount"] },
            new() { Name = "mode", Type = ParameterType.Choice, Summary = "Memory of a process, or memory that counts as page cache.", Choices = ["ram", "cache"], Default = "ram" },
        ],
        OneOf = ["percent", "bytes"],
        Aliases = ["mem-fill", "memory-hog", "memory-stress"],
        Intensity = new Intensity("percent", 90, "percent of the memory"),
        ByHand = "ssh {host} craterd inject memory-fill --container={container} --percent={percent} --bytes={bytes}B -t {duration}",
        UndoByHand = "ssh {host} craterd recover --all",
    };

    private static FaultDefinition Disk() => Held("disk-fill", "disk", "Takes space of the file system that a folder of the host is on.", RiskLevel.Medium,
        "A file without a name that craterd's keeper holds open, its space allocated at once; the last 16 MiB stay free.", "The keeper that holds the file open has ended, and the kernel has freed its space.") with
    {
        Targets = [TargetKind.Host, TargetKind.Container],
        Parameters =
        [
            new() { Name = "percent", Type = ParameterType.Integer, Summary = "Fill until this share of the file system is used, by everyone together.", Unit = "percent", Min = "1", Max = "100" },
            new() { Name = "bytes", Type = ParameterType.Bytes, Summary = "Take this much.", Unit = "bytes", Min = "1Mi", Max = "1024Ti", Aliases = ["size"] },
            new() { Name = "dir", Type = ParameterType.Text, Summary = "A folder on that file system, by its absolute path.", Default = "/tmp", Aliases = ["path", "folder"] },
        ],
        OneOf = ["percent", "bytes"],
        Intensity = new Intensity("percent", 95, "percent of the file system"),
        ByHand = "ssh {host} craterd inject disk-fill --container={container} --dir {dir} --percent={percent} --bytes={bytes}B -t {duration}",
        UndoByHand = "ssh {host} craterd recover --all",
    };

    private static FaultDefinition Time() => Held("time-skew", "kernel", "Runs a program on the host for which more time has passed since boot than for everybody else.", RiskLevel.Low,
        "A time namespace in which craterd starts the program. The kernel lets nobody change the clocks of a process that runs already, and has no offset for the time of day.", "The program has ended with its keeper.") with
    {
        Parameters =
        [
            new() { Name = "program", Type = ParameterType.Text, Summary = "The program that is to live in the wrong time: its absolute path and its arguments, in quotes where they have spaces.", Required = true },
            new() { Name = "offset", Type = ParameterType.Duration, Summary = "How much more time has passed for it since boot, in whole seconds.", Min = "1s", Max = "87600h", Required = true },
        ],
        ByHand = "ssh {host} craterd inject time-skew --program '{program}' --offset {offset} -t {duration}",
        UndoByHand = "ssh {host} craterd recover --all",
    };

    private static FaultDefinition Port() => Held("port-occupy", "network", "Takes a port of the host or of a container, so that no program can listen on it.", RiskLevel.Medium,
        "A socket of craterd's keeper, bound to the port on every address, and listening without ever accepting (tcp).", "No socket of the keeper is bound to the port.") with
    {
        Targets = [TargetKind.Host, TargetKind.Container],
        Parameters =
        [
            new() { Name = "port", Type = ParameterType.Integer, Summary = "The port; nobody may listen on it.", Min = "1", Max = "65535", Required = true },
            new() { Name = "protocol", Type = ParameterType.Choice, Summary = "Its protocol.", Choices = ["tcp", "udp", "tcp6", "udp6"], Default = "tcp" },
            new() { Name = "recover-cmd", Type = ParameterType.Text, Summary = "A program by its absolute path, and its arguments, started on the host at recovery, such as one that starts whoever wanted the port; when it fails, the recovery is not clean." },
        ],
        Aliases = ["network-occupy"],
        ByHand = "ssh {host} craterd inject port-occupy --container={container} --port {port} --protocol {protocol} -t {duration}",
        UndoByHand = "ssh {host} craterd recover --all",
    };
}
