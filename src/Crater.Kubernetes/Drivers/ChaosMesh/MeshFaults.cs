using System.Globalization;
using System.Text.Json.Nodes;
using Crater.Kubernetes.Client;
using Crater.Kubernetes.Drivers.Engines;
using Crater.Targets;
using static Crater.Kubernetes.Drivers.Engines.EngineTunable;

namespace Crater.Kubernetes.Drivers.ChaosMesh;

/// <summary>The one table of what Chaos Mesh is told for which of our faults. docs/other-engines.md is made of it.</summary>
public static class MeshFaults
{
    private const string Processes = "the processes in the pod";

    // The other directions are rules on the peers, which are no targets of the run.
    private static readonly EngineTunable[] Traffic = [Only("direction", "out", "what leaves the pod: write direction: out"), new("peers", "target", "equalities of labels; a selector in the same namespace", Peers)];

    private static readonly EngineTunable[] Requests =
    [
        new("path", "path", "as it is; left out for *", given => given == "*" ? "" : given),
        new("method", "method", "in capitals; left out for *", given => given == "*" ? "" : given.ToUpperInvariant()),
        Only("share", "1", "every matching request"),
        new("port", "port", "a whole number; left out: the only one that the pod declares", given => Whole(Number(given))),
    ];

    private static readonly EngineTunable[] Files =
    [
        Text("volume", "volumePath"), Text("path", "path", "a glob below the volume"), Text("container", ""),
        new("methods", "methods", "a list", given => new JsonArray([.. given.Split(',', StringSplitOptions.TrimEntries).Select(one => (JsonNode)one)])),
        new("share", "percent", "percent, a whole number", given => Whole(Number(given) * 100)),
    ];

    public static IReadOnlyList<MeshFault> All { get; } =
    [
        new()
        {
            Fault = "pod-kill", Object = "PodChaos", Action = "pod-kill", IsOnce = true, Moves = true,
            Tunables = [new("grace-period", "gracePeriod", "seconds, a whole number", given => Whole(Durations.Parse(given).TotalSeconds))],
        },
        new() { Fault = "pod-failure", Object = "PodChaos", Action = "pod-failure" },
        new()
        {
            Fault = "container-kill", Object = "PodChaos", Action = "container-kill", IsOnce = true, NamesContainer = true,
            Tunables = [Text("container", ""), Only("signal", "SIGKILL", "the runtime's kill")],
        },
        Network("network-delay", "delay", Pause("delay", "delay.latency"), Pause("jitter", "delay.jitter")),
        Network("network-loss", "loss", Share("loss", "loss.loss")),
        Network("network-corrupt", "corrupt", Share("share", "corrupt.corrupt")),
        Network("network-duplicate", "duplicate", Share("share", "duplicate.duplicate")),
        Network("network-bandwidth", "bandwidth", new EngineTunable("rate", "bandwidth.rate", "bit/s as tc writes it", given => $"{given}bit"),
            new EngineTunable("rate", "bandwidth.limit", "bytes that may wait: 20971520", _ => 20971520), new EngineTunable("rate", "bandwidth.buffer", "bytes at once: 10000", _ => 10000)),
        Network("network-partition", "partition"),
        new()
        {
            Fault = "cpu-burn", Object = "StressChaos", NamesContainer = true, Unseen = Processes,
            Tunables = [new("cores", "stressors.cpu.workers", "a whole number", given => Whole(Number(given))), new("percent", "stressors.cpu.load", "percent, a whole number", given => Whole(Number(given)))],
        },
        new()
        {
            Fault = "memory-fill", Object = "StressChaos", NamesContainer = true, Unseen = Processes,
            Tunables =
            [
                new("bytes", "stressors.memory.size", "bytes", given => $"{given}B"), new("bytes", "stressors.memory.workers", "1", _ => 1),
                Only("percent", "", "an amount; its percentages are of something else than the pod's limit"),
            ],
        },
        new() { Fault = "io-delay", Object = "IOChaos", Action = "latency", NamesContainer = true, Unseen = "the mounts in the pod", Ledger = "PodIOChaos", Tunables = [Pause("delay", "delay"), .. Files] },
        new()
        {
            Fault = "io-fail", Object = "IOChaos", Action = "fault", NamesContainer = true, Unseen = "the mounts in the pod", Ledger = "PodIOChaos",
            Tunables = [new("error", "errno", "the number of the error", given => given == "EIO" ? 5 : given == "ENOSPC" ? 28 : given == "EACCES" ? 13 : null), .. Files],
        },
        new()
        {
            Fault = "time-skew", Object = "TimeChaos", NamesContainer = true, Unseen = "the clocks of the pod's processes",
            Tunables = [new("offset", "timeOffset", "ms", given => Written(Durations.Parse(given))), new("way", "timeOffset", "back is a minus before it", given => given), Text("container", "")],
        },
        Names("dns-fail", "error"),
        Names("dns-random", "random"),
        Http("http-delay", new EngineTunable("delay", "delay", "ms", given => Written(Durations.Parse(given)))),
        Http("http-abort") with { Fixed = [("target", "Request"), ("abort", "true")] },
        Http("http-status", new EngineTunable("status", "replace.code", "a whole number", given => Whole(Number(given)))) with { Fixed = [("target", "Response")] },
    ];

    public static IReadOnlyList<Resource> Kinds { get; } = [.. All.Select(fault => fault.Resource).Distinct()];

    public static MeshFault? Find(string fault) => All.FirstOrDefault(one => one.Fault == fault);

    /// <summary>As Go reads durations.</summary>
    internal static string Written(TimeSpan duration) => $"{((long)duration.TotalMilliseconds).ToString(CultureInfo.InvariantCulture)}ms";

    private static MeshFault Network(string fault, string action, params EngineTunable[] own) => new()
    {
        Fault = fault,
        Object = "NetworkChaos",
        Action = action,
        Unseen = "the queueing disciplines and packet filters of the pod",
        Ledger = "PodNetworkChaos",
        Fixed = [("direction", "to")],
        Tunables = [.. own, .. Traffic],
    };

    private static MeshFault Names(string fault, string action) => new()
    {
        Fault = fault,
        Object = "DNSChaos",
        Action = action,
        Unseen = "how the pod resolves names",
        Tunables = [new("names", "patterns", "a list; ? and a * at the end", given => new JsonArray([.. given.Split(',', StringSplitOptions.TrimEntries).Select(one => (JsonNode)one)]))],
    };

    private static MeshFault Http(string fault, params EngineTunable[] own) => new()
    {
        Fault = fault,
        Object = "HTTPChaos",
        NamesPort = true,
        Unseen = "the proxy before the pod's port",
        Ledger = "PodHttpChaos",
        Fixed = [("target", "Request")],
        Tunables = [.. own, .. Requests],
    };

    private static EngineTunable Pause(string parameter, string key) => new(parameter, key, "ms", given => Written(Durations.Parse(given)));

    private static EngineTunable Share(string parameter, string key) => new(parameter, key, "percent, as text", given => Math.Round(Number(given) * 100, 4).ToString(CultureInfo.InvariantCulture));

    private static JsonObject? Peers(string given)
    {
        var labels = new JsonObject();
        foreach (var part in given.Split(',', StringSplitOptions.RemoveEmptyEntries))
        {
            if (part.Split('=') is not [{ Length: > 0 } key, var value] || key.EndsWith('!'))
            {
                return null;
            }

            labels[key] = value;
        }

        return new JsonObject { ["mode"] = "all", ["selector"] = new JsonObject { ["labelSelectors"] = labels } };
    }

    private static double Number(string given) => double.Parse(given, CultureInfo.InvariantCulture);

    private static JsonNode? Whole(double value) => value == Math.Truncate(value) ? (long)value : null;
}
