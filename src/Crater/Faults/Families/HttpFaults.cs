using Crater.Targets;

namespace Crater.Faults.Families;

/// <summary>Faults of the HTTP requests to a pod.</summary>
internal static class HttpFaults
{
    private const string VirtualService =
        "kubectl apply -n {namespace} -f - <<< '{\"apiVersion\":\"networking.istio.io/v1\",\"kind\":\"VirtualService\",\"metadata\":{\"name\":\"crater-http\"},"
        + "\"spec\":{\"hosts\":[\"{component}\"],\"http\":[{\"fault\":";

    private const string Route = ",\"route\":[{\"destination\":{\"host\":\"{component}\"}}]}]}}'";

    private const string Undo = "kubectl delete virtualservice crater-http -n {namespace}";

    private static readonly IReadOnlyList<FaultParameter> Selection =
    [
        new() { Name = "port", Type = ParameterType.Integer, Summary = "Which port of the pod is hit; left out: the only one that it declares. The lab's own driver hits all.", Min = "1", Max = "65535" },
        new() { Name = "path", Type = ParameterType.Text, Summary = "Which paths are hit; * stands for any characters.", Default = "*", Aliases = ["route", "url-path"] },
        new() { Name = "method", Type = ParameterType.Text, Summary = "Which HTTP method is hit; * is all.", Default = "*", Aliases = ["verb"] },
        new() { Name = "share", Type = ParameterType.Ratio, Summary = "The share of the matching requests that is hit.", Unit = "share", Min = ">0", Max = "1", Default = "1", Aliases = ["toxicity", "probability"] },
    ];

    public static IReadOnlyList<FaultDefinition> All { get; } = [Delay(), Abort(), Status()];

    private static FaultDefinition Http(string name, string summary, string mechanism, IReadOnlyList<FaultParameter> own, string byHand) => new()
    {
        Name = name,
        Family = "http",
        Summary = summary,
        Risk = RiskLevel.Low,
        Targets = [TargetKind.Pod],
        Drivers = ["lab", "agent", "chaos-mesh"],
        Mechanism = mechanism + " HTTP/1 without encryption, through services: the pod's probes, and connections after an upgrade to another protocol, are left alone.",
        Ending = Ending.DiesWithHolder,
        Fingerprint = "The rules of the service proxy on the pod; those of other injections are not counted.",
        ResidueCheck = "The proxy lists no rule of the injection on the pod.",
        Parameters = [.. own, .. Selection],
        ByHand = byHand,
        UndoByHand = Undo,
    };

    private static FaultDefinition Delay() => Http(
        "http-delay", "Answers requests to the pod later.",
        "The service proxy holds a matching request back by the delay before it passes it on.",
        [new() { Name = "delay", Type = ParameterType.Duration, Summary = "How much later the answer comes.", Min = "1ms", Max = "60s", Required = true, Aliases = ["latency"] }],
        VirtualService + "{\"delay\":{\"fixedDelay\":\"{delay:ms}\",\"percentage\":{\"value\":100}}}" + Route) with
    {
        Aliases = ["pod-http-latency", "http-latency", "pod-http-delay"],
        Intensity = new Intensity("delay", 1, "s"),
    };

    private static FaultDefinition Abort() => Http(
        "http-abort", "Cuts requests to the pod off without an answer.",
        "The service proxy closes the connection of a matching request with a reset, before the pod sees it; answers to earlier requests on it still arrive.",
        [],
        VirtualService + "{\"abort\":{\"httpStatus\":502,\"percentage\":{\"value\":100}}}" + Route) with
    {
        Risk = RiskLevel.Medium,
        Aliases = ["pod-http-abort", "http-reset"],
        Intensity = new Intensity("share", 1, "share"),
    };

    private static FaultDefinition Status() => Http(
        "http-status", "Answers requests to the pod with an error status in its place.",
        "The service proxy answers a matching request itself; the pod does not see it.",
        [new() { Name = "status", Type = ParameterType.Integer, Summary = "The status of the answer.", Min = "400", Max = "599", Default = "503", Aliases = ["status-code", "STATUS_CODE", "code"] }],
        VirtualService + "{\"abort\":{\"httpStatus\":{status},\"percentage\":{\"value\":100}}}" + Route) with
    {
        Risk = RiskLevel.Medium,
        Aliases = ["pod-http-status-code", "http-error", "pod-http-status"],
        Intensity = new Intensity("share", 1, "share"),
    };
}
