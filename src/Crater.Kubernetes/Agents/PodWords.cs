using System.Globalization;
using Crater.Diagnostics;
using Crater.Faults;

namespace Crater.Kubernetes.Agents;

/// <summary>Faults of pods in craterd's words, which has them for hosts and containers: other units, and other names of options.</summary>
internal static class PodWords
{
    /// <summary>The families that need the pod's network and none of its containers.</summary>
    private static readonly string[] OfNetwork = ["network", "dns", "http"];

    /// <summary>craterd's name of the fault on a pod: freezing all of a container's processes is what its freezer does.</summary>
    public static string NameOf(Fault fault) => fault.Name is "process-stop" ? "container-pause" : fault.Name;

    /// <summary>It hits what all containers of a pod share.</summary>
    public static bool IsOfPod(Fault fault) => FaultCatalogue.Variants(fault.Name).Any(one => OfNetwork.Contains(one.Family)) && fault.Name != "port-occupy";

    /// <param name="peers">Addresses of the pods that the argument <c>peers</c> finds; null where it is not given.</param>
    /// <param name="port">The port of an HTTP fault that names none; 0 where there is not exactly one.</param>
    public static Fault Translate(Fault fault, IReadOnlyList<string>? peers, int port)
    {
        Dictionary<string, string> arguments = [];
        foreach (var (name, value) in fault.Arguments.Where(argument => argument.Value.Length > 0 && fault.Name != "process-stop"))
        {
            foreach (var (to, text) in Translate(fault.Name, name, value, fault))
            {
                arguments[to] = text;
            }
        }

        if (peers is not null)
        {
            arguments["dst-ip"] = peers.Count > 0 ? string.Join(',', peers) : throw new CraterException("CRT8512", $"The peers '{fault.Text("peers")}' of {fault.AskedAs} match no pod that has an address, so that nothing would be hit.");
        }

        if (fault.Name.StartsWith("http-", StringComparison.Ordinal) && !arguments.ContainsKey("port"))
        {
            arguments["port"] = port > 0 ? port.ToString(CultureInfo.InvariantCulture) : throw new CraterException("CRT8513", $"The pod does not declare exactly one port, so {fault.AskedAs} cannot know whose requests are meant. Give the argument 'port'.");
        }

        return fault with { Name = NameOf(fault), Arguments = arguments };
    }

    private static IEnumerable<(string Name, string Value)> Translate(string fault, string name, string value, Fault all) => (fault, name) switch
    {
        (_, "peers") or ("container-kill", "container") => [],
        ("container-kill", "signal") => [(name, value == "SIGTERM" ? "15" : "9")],
        ("dns-fail", "names") => [("domain", value)],
        ("network-delay", "delay") => [("latency", value)],
        ("network-loss", "loss") or (_, "share") => [("percent", Percent(value))],
        ("cpu-burn", "cores") => [("count", Math.Ceiling(all.Number("cores")).ToString(CultureInfo.InvariantCulture))],
        ("cpu-burn", "percent") when all.Arguments.ContainsKey("cores") =>
            [(name, Math.Max(1, Math.Round(all.Number("percent") * all.Number("cores") / Math.Ceiling(all.Number("cores")))).ToString(CultureInfo.InvariantCulture))],
        // On a host it is a share of the whole file system, which on a node belongs to everybody.
        ("disk-fill", "percent") => throw new CraterException("CRT8516", "disk-fill with percent is a share of the pod's limit of ephemeral storage, which an agent does not know. Give 'bytes', or use the driver litmus. Nothing was injected."),
        ("memory-fill", "percent") => [(name, Math.Round(all.Number("percent")).ToString(CultureInfo.InvariantCulture))],
        _ => [(name, value)],
    };

    private static string Percent(string ratio) => (double.Parse(ratio, CultureInfo.InvariantCulture) * 100).ToString("0.####", CultureInfo.InvariantCulture);
}
