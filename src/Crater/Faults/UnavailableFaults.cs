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
        new(["pod-io-stress"],
            "no driver here keeps the disks of a pod busy; on a host disk-burn does.", ["disk-burn", "disk-throttle"]),
        new(["pod-dns-spoof"],
            "no driver here answers a pod with another address of your choice; on a host and in a container on it dns-override does.", ["dns-fail", "dns-override", "network-partition"]),
        new(["jvm-delay", "jvm-methoddelay", "jvm-return", "jvm-methodreturn", "jvm-exception", "jvm-methodexception", "dotnet-delay", "dotnet-exception"],
            "no driver here reaches into a language runtime.", ["http-delay", "http-status"]),
        new(["pod-http-modify-body", "pod-http-modify-header", "pod-http-reset-peer"],
            "the proxy before pods delays, aborts and answers requests, and does not rewrite them; before a port of a host or of a container on it http-body changes answers.", ["http-body", "http-status", "http-abort"]),
        new(["namespace-delete", "namespace-kill"],
            "everything in it would be deleted with it, and what has an identity or data of its own cannot be made again.", ["namespace-finalizer", "deployment-scale"]),
        new(["volume-detach", "pvc-detach", "disk-loss"],
            "taking a volume from under a running pod through the API cannot be undone and can damage its file system; scaled to nothing or drained, pods let go of theirs.", ["statefulset-scale", "node-drain"]),
        new(["node-restart", "node-poweroff", "node-io-stress", "kubelet-service-kill"],
            "through the API nodes can be cordoned, drained, tainted and labelled only; what runs on them is the agent's.", ["node-taint", "node-drain"]),
        new(["webhook-delay", "webhook-deny", "webhook-tamper"], "it comes with the Kubernetes operator.", ["deployment-scale", "node-cordon"]),
    ];

    /// <param name="name">In lower case with dashes.</param>
    public static UnavailableFault? Find(string name) => All.FirstOrDefault(fault => fault.Names.Contains(name));
}
