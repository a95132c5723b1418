using Crater.Targets;

namespace Crater.Faults.Families;

/// <summary>Faults of single processes on a host, and of all of a container there, done by its craterd.</summary>
internal static class HostProcessFaults
{
    private static readonly FaultParameter Device = new()
    {
        Name = "device",
        Type = ParameterType.Text,
        Required = true,
        Summary = "The disks, with commas between: numbers (8:0), devices (/dev/sda), or paths on them. A partition stands for its whole disk.",
    };

    public static IReadOnlyList<FaultDefinition> All { get; } = [Kill(), Stop(), Throttle(), Hang(), Files(), Tasks(), OutOfMemory()];

    private static FaultDefinition Limit(string name, string family, string summary, string mechanism, string fingerprint, IReadOnlyList<FaultParameter> parameters, IReadOnlyList<string> aliases) => new()
    {
        Name = name,
        Family = family,
        Summary = summary,
        Risk = RiskLevel.Medium,
        Targets = [TargetKind.Process, TargetKind.Container],
        Drivers = ["agent"],
        Mechanism = mechanism,
        Ending = Ending.MustBeUndone,
        Fingerprint = $"{fingerprint}, and how many processes the program, or containers of the name, there are on its host; more than before are as good.",
        ResidueCheck = "The process or container has its old limits, or has ended, and there are as many of the program or name as before.",
        Parameters = parameters,
        Aliases = aliases,
        ByHand = $"ssh {{host}} craterd inject {name} --pid={{pid}} --container={{container}}{string.Concat(parameters.Select(parameter => $" --{parameter.Name}={{{parameter.Name}}}"))} -t {{duration}}",
        UndoByHand = "ssh {host} craterd recover --all",
    };

    private static FaultDefinition Throttle() => Limit("disk-throttle", "disk", "Lets a process read and write a disk no faster than so.",
        "A cgroup of the injection's own, with a limit for each disk, into which the process is moved; of a container, its own cgroup is limited.", "The cgroup of the process",
        [
            Device,
            new() { Name = "read-bytes", Type = ParameterType.Bytes, Summary = "Read no more than this each second.", Unit = "bytes", Min = "2", Max = "1024Gi" },
            new() { Name = "write-bytes", Type = ParameterType.Bytes, Summary = "Write no more than this each second.", Unit = "bytes", Min = "2", Max = "1024Gi" },
            new() { Name = "read-io", Type = ParameterType.Integer, Summary = "No more reads than this each second.", Unit = "operations", Min = "2", Max = "10000000" },
            new() { Name = "write-io", Type = ParameterType.Integer, Summary = "No more writes than this each second.", Unit = "operations", Min = "2", Max = "10000000" },
        ], ["diskio-limit"]);

    private static FaultDefinition Hang() => Limit("disk-hang", "disk", "Lets what a process reads from a disk or writes to it wait.",
        "A cgroup of the injection's own, with a limit of one byte a second for each disk, into which the process is moved; of a container, its own cgroup is limited. What waited goes on afterwards.", "The cgroup of the process",
        [Device, new() { Name = "mode", Type = ParameterType.Choice, Summary = "What waits.", Choices = ["all", "read", "write"], Default = "all" }], ["diskio-hang"]);

    private static FaultDefinition Files() => Limit("fd-exhaust", "kernel", "Lets a process open no more files and sockets.",
        "The soft limit on open files of the process is set to the lowest number that is free; the hard limit stays. Of a container, each of its processes.", "The limits of the process",
        [new() { Name = "left", Type = ParameterType.Integer, Summary = "How many it may still open.", Unit = "files", Min = "0", Max = "1000000", Default = "0" }], ["kernel-fdfull", "fd-full"]);

    private static FaultDefinition Tasks() => Limit("nproc-exhaust", "kernel", "Lets a process start no more processes and threads.",
        "A cgroup of the injection's own with a limit on tasks, into which the process is moved; it is counted alone. Of a container, its own cgroup is limited.", "The cgroup of the process",
        [new() { Name = "left", Type = ParameterType.Integer, Summary = "How many more may be started.", Unit = "tasks", Min = "0", Max = "1000000", Default = "0" }], ["kernel-nproc"]);

    private static FaultDefinition OutOfMemory() => new()
    {
        Name = "memory-oom",
        Family = "memory",
        Summary = "Lets a process run out of memory: the kernel's out-of-memory killer takes it. Of a container, its first process.",
        Risk = RiskLevel.Medium,
        Targets = [TargetKind.Process, TargetKind.Container],
        Drivers = ["agent"],
        Mechanism = "A process of craterd's joins the control group of the target and takes memory until the kernel kills there, the target first. Refused where no limit keeps that to the target.",
        Ending = Ending.HealsItself,
        Fingerprint = "Whether the process is marked as the first to go (oom_score_adj), and how many processes the program, or containers of the name, there are on its host; more than before are as good.",
        ResidueCheck = "The process has ended or has its old oom_score_adj, and there are as many of the program or name as before, whoever started them.",
        Aliases = ["mem-oom"],
        ByHand = "ssh {host} craterd inject memory-oom --pid={pid} --container={container}",
        UndoByHand = "ssh {host} systemctl start <its service>",
    };

    private static FaultDefinition Kill() => new()
    {
        Name = "process-kill",
        Family = "process",
        Summary = "Ends a process with a signal; whoever watches over it starts another one.",
        Risk = RiskLevel.Medium,
        Targets = [TargetKind.Process],
        Drivers = ["agent"],
        Mechanism = "The signal by pidfd to the process, known by pid, start time and boot; with SIGKILL it is in place when the process has ended.",
        Ending = Ending.HealsItself,
        Fingerprint = "How many processes the program has on its host; more than before are as good.",
        ResidueCheck = "The program has as many processes as before, whoever started them.",
        Parameters =
        [
            new() { Name = "signal", Type = ParameterType.Integer, Summary = "The signal, by number.", Min = "1", Max = "64", Default = "9" },
            new()
            {
                Name = "recover-cmd",
                Type = ParameterType.Text,
                Summary = "A program by its absolute path, and its arguments, started on the host at recovery where nobody else brings the process back; when it fails, the recovery is not clean.",
            },
        ],
        Aliases = ["kill-process"],
        ByHand = "ssh {host} kill -{signal} {pid}",
        UndoByHand = "ssh {host} systemctl start <its service>",
    };

    private static FaultDefinition Stop() => new()
    {
        Name = "process-stop",
        Family = "process",
        Summary = "Freezes a process: it keeps its connections and answers nothing.",
        Risk = RiskLevel.Medium,
        Targets = [TargetKind.Process],
        Drivers = ["agent"],
        Mechanism = "SIGSTOP by pidfd to the process, known by pid, start time and boot; in place when the kernel shows it as stopped. Its children run on: a server with workers is frozen with share 1.",
        Ending = Ending.MustBeUndone,
        Fingerprint = "Whether the process is stopped, and how many processes the program has on its host; more than before are as good.",
        ResidueCheck = "The process runs again or has ended, and the program has as many processes as before.",
        Aliases = ["process-pause", "process-freeze"],
        ByHand = "ssh {host} kill -STOP {pid}",
        UndoByHand = "ssh {host} kill -CONT {pid}",
    };
}
