using System.Globalization;
using System.Text.Json.Nodes;
using Crater.Kubernetes.Drivers.Engines;
using Crater.Targets;
using static Crater.Kubernetes.Drivers.Engines.EngineTunable;

namespace Crater.Kubernetes.Drivers.Litmus;

/// <summary>The one table of what Litmus is told for which of our faults. docs/other-engines.md is made of it.</summary>
public static class LitmusFaults
{
    private const string Network = "the queueing discipline on the pod's interface";

    private static readonly EngineTunable[] Traffic =
    [
        Only("direction", "out", "what leaves the pod: write direction: out"),
        Only("peers", "", "all traffic; it takes addresses and no labels"),
    ];

    private static readonly EngineTunable Load = Integer("percent", "CPU_LOAD", "percent, a whole number");

    public static IReadOnlyList<LitmusFault> All { get; } =
    [
        new()
        {
            Fault = "pod-kill", Experiment = "pod-delete", Proof = LitmusProof.PodGone, Moves = true,
            Tunables = [new("grace-period", "FORCE", "0s is true; left out is false", given => Seconds("", "").Write(given)?.ToString() == "0" ? "true" : null)],
        },
        new()
        {
            Fault = "container-kill", Experiment = "container-kill", Proof = LitmusProof.Targeted,
            Tunables = [Text("container", "TARGET_CONTAINER"), Text("signal", "SIGNAL")],
        },
        new()
        {
            Fault = "cpu-burn", Experiment = "pod-cpu-hog", Unseen = "the processes in the pod",
            Tunables = [Integer("cores", "CPU_CORES", "a whole number"), Load],
        },
        new()
        {
            Fault = "memory-fill", Experiment = "pod-memory-hog", Unseen = "the processes in the pod", Fixed = [("NUMBER_OF_WORKERS", "1")],
            Tunables = [Mebibytes("bytes", "MEMORY_CONSUMPTION", "MB of stress-ng (MiB), rounded up"), Only("percent", "", "an amount; no share of a limit")],
        },
        new()
        {
            Fault = "network-delay", Experiment = "pod-network-latency", Unseen = Network,
            Tunables = [Milliseconds("delay", "NETWORK_LATENCY"), Milliseconds("jitter", "JITTER"), .. Traffic],
        },
        new() { Fault = "network-loss", Experiment = "pod-network-loss", Unseen = Network, Tunables = [Percent("loss", "NETWORK_PACKET_LOSS_PERCENTAGE"), .. Traffic] },
        new() { Fault = "network-corrupt", Experiment = "pod-network-corruption", Unseen = Network, Tunables = [Percent("share", "NETWORK_PACKET_CORRUPTION_PERCENTAGE"), .. Traffic] },
        new() { Fault = "network-duplicate", Experiment = "pod-network-duplication", Unseen = Network, Tunables = [Percent("share", "NETWORK_PACKET_DUPLICATION_PERCENTAGE"), .. Traffic] },
        new()
        {
            Fault = "disk-fill", Experiment = "disk-fill", Unseen = "the pod's ephemeral storage on its node",
            Tunables =
            [
                Integer("percent", "FILL_PERCENTAGE", "percent of the limit of ephemeral storage, a whole number"),
                Mebibytes("bytes", "EPHEMERAL_STORAGE_MEBIBYTES", "MiB, rounded up"),
                new("bytes", "FILL_PERCENTAGE", "0, so that the amount counts", _ => "0"),
            ],
        },
        new()
        {
            Fault = "node-drain", Experiment = "node-drain", Kind = TargetKind.Node, TargetKey = "TARGET_NODE", Proof = LitmusProof.Cordoned, Moves = true,
            Tunables = [Only("grace-period", "", "what each pod's own manifest says"), Only("timeout", "2m", "as long as the fault lasts: leave it out")],
        },
        new()
        {
            Fault = "node-cpu-burn", Experiment = "node-cpu-hog", Kind = TargetKind.Node, TargetKey = "TARGET_NODES", Proof = LitmusProof.Helper,
            Tunables = [Integer("cores", "NODE_CPU_CORE", "a whole number; 0 is all"), Load],
        },
        new()
        {
            Fault = "node-memory-fill", Experiment = "node-memory-hog", Kind = TargetKind.Node, TargetKey = "TARGET_NODES", Proof = LitmusProof.Helper,
            Tunables = [Integer("percent", "MEMORY_CONSUMPTION_PERCENTAGE", "percent of the node's memory, a whole number"), Mebibytes("bytes", "MEMORY_CONSUMPTION_MEBIBYTES", "MiB, rounded up")],
        },
        new()
        {
            Fault = "node-taint", Experiment = "node-taint", Kind = TargetKind.Node, TargetKey = "TARGET_NODE", Proof = LitmusProof.Tainted, Moves = true,
            Tunables = [new("add", "TAINTS", "one taint, key=value:Effect", given => given.Contains(',') ? null : (JsonNode)given), Only("delete", "", "adds a taint and deletes none")],
        },
    ];

    public static LitmusFault? Find(string fault) => All.FirstOrDefault(one => one.Fault == fault);

    /// <summary>Whole seconds, rounded up.</summary>
    internal static string WholeSeconds(TimeSpan duration) => Math.Ceiling(duration.TotalSeconds).ToString(CultureInfo.InvariantCulture);
}
