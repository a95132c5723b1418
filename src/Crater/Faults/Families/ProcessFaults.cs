using Crater.Targets;

namespace Crater.Faults.Families;

/// <summary>Faults of the processes of a pod and of what they share: CPU and memory.</summary>
internal static class ProcessFaults
{
    public static IReadOnlyList<FaultDefinition> All { get; } = [Stop(), Burn(), Fill()];

    private static FaultDefinition Stop() => new()
    {
        Name = "process-stop",
        Family = "process",
        Summary = "Freezes the processes of the pod: they keep their connections and answer nothing.",
        Risk = RiskLevel.Medium,
        Targets = [TargetKind.Pod],
        Drivers = ["lab", "agent"],
        Mechanism = "SIGSTOP to every process of the pod, each named by its id and start time; recovery sends SIGCONT to exactly those.",
        Ending = Ending.MustBeUndone,
        Fingerprint = "How many of the pod's processes are stopped; what another injection stopped is not counted.",
        ResidueCheck = "As many processes of the pod are in state T (stopped) as before.",
        Aliases = ["process-pause", "process-freeze", "pod-freeze"],
        ByHand = "kubectl debug node/{node} --image=busybox --profile=sysadmin -- chroot /host sh -c 'kill -STOP $(crictl inspect -o go-template --template \"{{.info.pid}}\" $(crictl ps -q --label io.kubernetes.pod.name={target}))'",
        UndoByHand = "kubectl debug node/{node} --image=busybox --profile=sysadmin -- chroot /host sh -c 'kill -CONT $(crictl inspect -o go-template --template \"{{.info.pid}}\" $(crictl ps -q --label io.kubernetes.pod.name={target}))'",
    };

    private static FaultDefinition Burn() => new()
    {
        Name = "cpu-burn",
        Family = "cpu",
        Summary = "Uses up CPU time beside the pod's own processes.",
        Risk = RiskLevel.Low,
        Targets = [TargetKind.Pod],
        Drivers = ["lab", "agent", "litmus", "chaos-mesh"],
        Mechanism = "One busy process for each core, among the pod's own, held to its share by looking at the CPU time that it really got.",
        Ending = Ending.DiesWithHolder,
        Fingerprint = "How many processes faults have added to the pod; what another injection added is not counted.",
        ResidueCheck = "None of the workers, named by process id and start time, is alive.",
        Parameters =
        [
            new()
            {
                Name = "percent",
                Type = ParameterType.Number,
                Summary = "How much of each of the cores is used.",
                Unit = "percent",
                Min = "1",
                Max = "100",
                Default = "80",
                Aliases = ["cpu-percent", "CPU_LOAD", "load"],
            },
            new()
            {
                Name = "cores",
                Type = ParameterType.Number,
                Summary = "How many cores are loaded.",
                Unit = "cores",
                Min = ">0",
                Max = "128",
                Default = "1",
                Aliases = ["count", "CPU_CORES", "workers"],
            },
        ],
        Aliases = ["pod-cpu-hog", "cpu-hog", "cpu-stress", "stress-cpu", "pod-cpu-hog-exec"],
        Intensity = new Intensity("percent", 100, "percent of one core"),
        ByHand = "kubectl exec -n {namespace} {target} -- sh -c 'timeout {duration:seconds} sh -c \"while :; do :; done\"'",
        UndoByHand = "kubectl exec -n {namespace} {target} -- pkill -f 'while :; do :; done'",
    };

    private static FaultDefinition Fill() => new()
    {
        Name = "memory-fill",
        Family = "memory",
        Summary = "Fills memory on the pod's account and holds it.",
        Risk = RiskLevel.Medium,
        Targets = [TargetKind.Pod],
        Drivers = ["lab", "agent", "litmus", "chaos-mesh"],
        Mechanism = "A process among the pod's own takes memory, writes to every page and holds it until it ends; the fault is in place once every page is resident. Above its limit the container is killed (OOMKilled) and started again, which takes the fault off. With percent, all processes of the container together come to that share of its memory limit.",
        Ending = Ending.DiesWithHolder,
        Fingerprint = "How many processes faults have added to the pod; what another injection added is not counted. Restarts by the memory limit are the fault's effect and no part of it.",
        ResidueCheck = "The worker, named by process id and start time, is not alive.",
        Parameters =
        [
            new()
            {
                Name = "percent",
                Type = ParameterType.Number,
                Summary = "Up to which share of the pod's memory limit is filled; the pod must have a limit.",
                Unit = "percent",
                Min = "1",
                Max = "100",
                Aliases = ["memory-percent"],
            },
            new()
            {
                Name = "bytes",
                Type = ParameterType.Bytes,
                Summary = "How much memory the worker holds, what it needs for itself included (some 50 MiB; it cannot hold less).",
                Unit = "bytes",
                Min = "1Mi",
                Max = "64Gi",
                Aliases = ["size", "amount", "memory"],
            },
        ],
        OneOf = ["percent", "bytes"],
        Aliases = ["pod-memory-hog", "memory-hog", "mem-fill", "memory-stress", "stress-memory", "pod-memory-hog-exec"],
        Intensity = new Intensity("percent", 90, "percent of the memory limit"),
        ByHand = "kubectl exec -n {namespace} {target} -- sh -c 'head -c {bytes} /dev/zero | tail | sleep {duration:seconds}'",
        UndoByHand = "kubectl exec -n {namespace} {target} -- pkill tail",
    };
}
