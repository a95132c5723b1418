using System.Globalization;
using Crater.Diagnostics;
using Crater.Lab.Network;
using Crater.Lab.Nodes;
using Crater.Targets;

namespace Crater.Lab.Holding;

/// <summary>The faults that the lab can hold, by their canonical names.</summary>
internal sealed class LabFaults(Machine machine, Edges edges, IReadOnlyList<string> tool)
{
    private const string NetworkMechanism = "a rule of the service proxy on every connection of the pod";
    private const string HttpMechanism = "a rule of the service proxy on HTTP requests to the pod";

    public static readonly IReadOnlySet<string> Names = new HashSet<string>(StringComparer.Ordinal)
    {
        "process-stop", "cpu-burn", "memory-fill", "network-delay", "network-loss", "network-bandwidth", "network-partition",
        "http-delay", "http-abort", "http-status",
    };

    public Edges Edges => edges;

    /// <exception cref="CraterException">CRT6701: an argument cannot be read. CRT6712: the lab does not know the fault.</exception>
    public HeldFault Describe(InjectionRequest request)
    {
        try
        {
            return request.Fault switch
            {
                "process-stop" => new ProcessStop(machine.Clock),
                "cpu-burn" => new CpuBurn(machine, tool, Number(request, "percent", 80), Number(request, "cores", 1)),
                "memory-fill" => Fill(request),
                "network-delay" => Network(request, new NetworkEffect.Delay(Time(request, "delay"), Time(request, "jitter"))),
                "network-loss" => Network(request, new NetworkEffect.Loss(new Ratio(Number(request, "loss", 0)))),
                "network-bandwidth" => Network(request, new NetworkEffect.Bandwidth(Bucket(request), Bucket(request))),
                "network-partition" => Network(request, new NetworkEffect.Partition()),
                "http-delay" => Http(request, new HttpEffect.Delay(Time(request, "delay"))),
                "http-abort" => Http(request, new HttpEffect.Abort()),
                "http-status" => Http(request, new HttpEffect.Status((int)Number(request, "status", 503))),
                _ => throw new CraterException("CRT6712", $"The lab cannot hold '{request.Fault}'; it can hold {string.Join(", ", Names.Order(StringComparer.Ordinal))}."),
            };
        }
        catch (Exception e) when (e is FormatException or ArgumentException)
        {
            throw new CraterException("CRT6701", $"The arguments of {request.Fault} cannot be read: {e.Message}", e);
        }
    }

    private MemoryFill Fill(InjectionRequest request)
    {
        var bytes = Text(request, "bytes");
        return bytes.Length > 0
            ? new MemoryFill(machine, tool, percent: null, (long)Quantity.Parse(bytes))
            : new MemoryFill(machine, tool, Number(request, "percent", 0) is > 0 and <= 100 and var percent ? percent : throw new FormatException("give 'percent' (1 to 100) or 'bytes'."), bytes: null);
    }

    private RuleFault Network(InjectionRequest request, NetworkEffect effect)
    {
        var direction = Text(request, "direction") switch
        {
            "" or "both" => TrafficDirection.Both,
            "in" => TrafficDirection.In,
            "out" => TrafficDirection.Out,
            var other => throw new FormatException($"direction is '{other}'; it is in, out or both."),
        };
        var peers = Text(request, "peers") is { Length: > 0 } labels ? LabelSelector.Parse(labels) : null;
        return new RuleFault(edges, request.Id, NetworkMechanism, uid => edges.Add(new NetworkRule(request.Id, uid, effect, direction, peers)));
    }

    private RuleFault Http(InjectionRequest request, HttpEffect effect)
    {
        var (path, method) = (Text(request, "path"), Text(request, "method"));
        var share = new Ratio(Number(request, "share", 1));
        return new RuleFault(edges, request.Id, HttpMechanism, uid => edges.Add(new HttpRule(request.Id, uid, effect, path, method, share)));
    }

    private TokenBucket Bucket(InjectionRequest request) => new(BitRate(Text(request, "rate")), machine.Clock);

    /// <summary>A rate as the catalogue writes it: a plain number is bit/s, <c>kbit</c>, <c>mbit</c> and <c>gbit</c> are decimal.</summary>
    internal static double BitRate(string text)
    {
        (string Unit, double Factor)[] units =
            [("gbit/s", 1e9), ("mbit/s", 1e6), ("kbit/s", 1e3), ("bit/s", 1), ("gbps", 1e9), ("mbps", 1e6), ("kbps", 1e3), ("bps", 1), ("gbit", 1e9), ("mbit", 1e6), ("kbit", 1e3), ("bit", 1), ("", 1)];
        var plain = text.Trim().ToLowerInvariant();
        var (unit, factor) = units.First(unit => plain.EndsWith(unit.Unit, StringComparison.Ordinal));
        return double.TryParse(plain[..^unit.Length], NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent, CultureInfo.InvariantCulture, out var rate) && rate > 0
            ? rate * factor
            : throw new FormatException($"rate is '{text}'; write for example 1mbit, 256kbit or 1000000.");
    }

    private static TimeSpan Time(InjectionRequest request, string name) => Text(request, name) is { Length: > 0 } text ? Durations.Parse(text) : TimeSpan.Zero;

    private static double Number(InjectionRequest request, string name, double otherwise) =>
        Text(request, name) is { Length: > 0 } text ? double.Parse(text, CultureInfo.InvariantCulture) : otherwise;

    private static string Text(InjectionRequest request, string name) => request.Arguments.TryGetValue(name, out var text) ? text : "";
}
