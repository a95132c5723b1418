using Crater.Targets;

namespace Crater.Faults.Families;

/// <summary>Faults of the HTTP requests to a port of a host or of a container on it, done by its craterd.</summary>
internal static class HostHttpFaults
{
    private static readonly IReadOnlyList<FaultParameter> Selection =
    [
        new() { Name = "port", Type = ParameterType.Integer, Summary = "The port that the server listens on.", Min = "1", Max = "65535", Required = true },
        HostNetworkFaults.Namespace,
        Text("path", "Only requests of this path; * stands for any characters. With a question mark in it, path and query are compared.") with { Default = "*", Aliases = ["route", "url-path"] },
        Text("method", "Only requests of these methods, parted by commas; * is all.") with { Default = "*", Aliases = ["verb"] },
        Text("header", "Only requests with this header field, written 'NAME: VALUE'; * in the value stands for any characters."),
        new() { Name = "percent", Type = ParameterType.Integer, Summary = "The share of these requests that is hit.", Unit = "percent", Min = "1", Max = "100", Default = "100" },
        new() { Name = "drain", Type = ParameterType.Duration, Summary = "How long what runs through the proxy may take to finish on recovery.", Min = "0s", Max = "8s", Default = "1s" },
    ];

    public static IReadOnlyList<FaultDefinition> All { get; } = [Delay(), Abort(), Status(), Body()];

    private static FaultDefinition Http(string name, string summary, RiskLevel risk, IReadOnlyList<FaultParameter> own, string options = "") => new()
    {
        Name = name,
        Family = "http",
        Summary = summary,
        Risk = risk,
        Targets = [TargetKind.Host, TargetKind.Container],
        Drivers = ["agent"],
        Mechanism = "A proxy in craterd's keeper, to which a table of nf_tables of the injection's own leads new connections to the port (TPROXY). HTTP/1.1 and HTTP/2 without TLS (h2c) are understood; everything else passes through untouched. Gone with the keeper, the redirect first: new connections go to the server directly.",
        Ending = Ending.DiesWithHolder,
        Fingerprint = "Whether the injection has a table of packet rules in the network namespace.",
        ResidueCheck = "There is no table of the injection's.",
        Parameters = [.. own, .. Selection],
        ByHand = $"ssh {{host}} craterd inject {name} --container={{container}} --port {{port}} {options}--path {{path}} --method {{method}} --percent {{percent}} -t {{duration}}",
        UndoByHand = "ssh {host} craterd recover --all",
    };

    private static FaultParameter Text(string name, string summary) => HostNetworkFaults.Text(name, summary);

    private static FaultDefinition Delay() => Http("http-delay", "Answers requests later: each is held back before the server sees it.", RiskLevel.Low,
        [
            new() { Name = "delay", Type = ParameterType.Duration, Summary = "How much later the server sees the request.", Min = "1ms", Max = "60s", Required = true, Aliases = ["latency"] },
            new() { Name = "jitter", Type = ParameterType.Duration, Summary = "How much that varies to both sides, evenly; no more than the delay.", Min = "0s", Max = "60s", Default = "0s" },
        ],
        "--delay {delay} --jitter {jitter} ") with
    {
        Aliases = ["http-latency"],
        Intensity = new Intensity("delay", 1, "s"),
    };

    private static FaultDefinition Abort() => Http("http-abort", "Cuts requests off without an answer, by a reset of their connection, in HTTP/2 of their stream. The server does not see them.", RiskLevel.Medium, []) with
    {
        Aliases = ["http-reset"],
        Intensity = new Intensity("percent", 100, "percent"),
    };

    private static FaultDefinition Status() => Http("http-status", "Answers requests with a status in the server's place, which does not see them.", RiskLevel.Medium,
        [
            new() { Name = "status", Type = ParameterType.Integer, Summary = "The status of the answer.", Min = "200", Max = "599", Default = "503", Aliases = ["status-code", "code"] },
            Text("body", "The body of the answer."),
            Text("content-type", "The type of that body; left out: plain text."),
        ],
        "--status {status} ") with
    {
        Aliases = ["http-error"],
        Intensity = new Intensity("percent", 100, "percent"),
    };

    private static FaultDefinition Body() => Http("http-body", "Gives the answers to requests another body; status and header fields stay the server's.", RiskLevel.Medium,
        [
            Text("body", "The other body.") with { Required = true },
            Text("content-type", "The type of that body; left out: as the server says."),
        ],
        "--body={body} ") with
    {
        Aliases = ["http-modify-body"],
        Intensity = new Intensity("percent", 100, "percent"),
    };
}
