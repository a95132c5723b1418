namespace Crater.Faults;

/// <summary>A name that other tools document and that this release cannot do.</summary>
/// <param name="Names">Every name it goes by.</param>
/// <param name="Reason">One sentence: why not.</param>
/// <param name="Instead">Faults of the catalogue that are nearest to it.</param>
public sealed record UnavailableFault(IReadOnlyList<string> Names, string Reason, IReadOnlyList<string> Instead);

/// <summary>Names that are understood but refused, so that a document gets a true answer instead of "unknown".</summary>
public static class UnavailableFaults
{
    public static IReadOnlyList<UnavailableFault> All { get; } =
    [
        new(["network-corruption", "network-corrupt", "pod-network-corruption"],
            "no driver here can corrupt packets.", ["network-loss", "http-abort"]),
        new(["network-duplicate", "network-duplication", "pod-network-duplication", "network-reorder"],
            "no driver here can duplicate or reorder packets.", ["network-delay", "network-loss"]),
        new(["pod-io-stress", "pod-io-latency"],
            "no driver here slows the disks of a pod; on a host disk-burn and disk-throttle do.", ["disk-burn", "disk-throttle"]),
        new(["dns-fail", "dns-override", "dns-error", "dns-random", "pod-dns-error", "pod-dns-spoof", "dns-record"],
            "no driver here stands between a pod and its name server.", ["network-partition", "http-abort"]),
        new(["service-unavailable", "service-down"],
            "a service is not a target by itself; break the pods behind it or the requests to them.", ["http-status", "pod-failure", "deployment-scale"]),
        new(["container-kill", "container-pause", "container-remove", "container-restart"],
            "no driver here addresses a single container.", ["process-stop", "pod-kill"]),
        new(["memory-oom", "time-skew"],
            "craterctl has no target for it: it needs a control group or a start of the program of its own. On the host itself craterd does what it can.", ["process-kill", "memory-fill"]),
        new(["jvm-delay", "jvm-methoddelay", "jvm-return", "jvm-methodreturn", "jvm-exception", "jvm-methodexception", "dotnet-delay", "dotnet-exception"],
            "no driver here reaches into a language runtime.", ["http-delay", "http-status"]),
        new(["http-body", "pod-http-modify-body", "pod-http-modify-header", "pod-http-reset-peer"],
            "the proxy delays, aborts and answers requests, and does not rewrite them.", ["http-status", "http-abort"]),
        new(["pod-label", "pod-finalizer", "container-image", "deployment-delete", "namespace-delete"],
            "it comes with the Kubernetes operator.", ["pod-failure", "deployment-scale"]),
        new(["node-taint", "node-label", "node-restart", "node-poweroff", "node-cpu-hog", "node-memory-hog", "node-io-stress", "kubelet-service-kill"],
            "nodes can be cordoned and drained only.", ["node-cordon", "node-drain"]),
        new(["cluster-pending-pods", "cluster-completed-jobs", "webhook-delay", "webhook-deny", "webhook-tamper"],
            "it comes with the Kubernetes operator.", ["deployment-scale", "node-cordon"]),
    ];

    /// <param name="name">In lower case with dashes.</param>
    public static UnavailableFault? Find(string name) => All.FirstOrDefault(fault => fault.Names.Contains(name));
}
