using Crater.Targets;

namespace Crater.Faults.Families;

/// <summary>Faults of the files, clocks and names of a pod, which Chaos Mesh can do; what an agent does as well names it.</summary>
internal static class MeshFaults
{
    private static readonly FaultParameter Container = new() { Name = "container", Type = ParameterType.Text, Summary = "The container by its name; left out: the first one." };

    private static readonly FaultParameter[] Files =
    [
        new() { Name = "volume", Type = ParameterType.Text, Summary = "Where a volume is mounted in the container, by its absolute path.", Required = true, Aliases = ["volumePath"] },
        new() { Name = "path", Type = ParameterType.Text, Summary = "Which files of it; * and ** stand for any.", Default = "" },
        new() { Name = "methods", Type = ParameterType.Text, Summary = "Which calls, with commas between them: read, write, open, fsync and so on; left out: all." },
        new() { Name = "share", Type = ParameterType.Ratio, Summary = "The share of the calls that is hit.", Unit = "share", Min = ">0", Max = "1", Default = "1" },
        Container,
    ];

    private static readonly FaultParameter Names = new()
    {
        Name = "names",
        Type = ParameterType.Text,
        Summary = "Which names, with commas between them; ? stands for one character and a * at the end for any.",
        Default = "*",
        Aliases = ["patterns", "hostnames"],
    };

    public static IReadOnlyList<FaultDefinition> All { get; } =
    [
        Define("io-delay", "disk", "Delays calls on the files of a volume of the pod.", RiskLevel.Medium) with
        {
            Parameters = [new() { Name = "delay", Type = ParameterType.Duration, Summary = "How much longer a call takes.", Min = "1ms", Max = "60s", Required = true, Aliases = ["latency"] }, .. Files],
            Aliases = ["pod-io-latency", "io-latency"],
        },
        Define("io-fail", "disk", "Lets calls on the files of a volume of the pod fail.", RiskLevel.High) with
        {
            Parameters = [new() { Name = "error", Type = ParameterType.Choice, Summary = "The error.", Choices = ["EIO", "ENOSPC", "EACCES"], Default = "EIO", Aliases = ["errno"] }, .. Files],
            Aliases = ["io-fault", "io-error"],
        },
        Define("time-skew", "kernel", "Gives the processes of a container another time of day.", RiskLevel.Medium) with
        {
            Parameters =
            [
                new() { Name = "offset", Type = ParameterType.Duration, Summary = "How far off the time is.", Min = "1ms", Max = "87600h", Required = true },
                new() { Name = "way", Type = ParameterType.Choice, Summary = "Ahead of the right time, or back behind it.", Choices = ["ahead", "back"], Default = "ahead" },
                Container,
            ],
        },
        Define("dns-fail", "dns", "Lets the pod's questions for names fail.", RiskLevel.Medium) with { Drivers = ["agent", "chaos-mesh"], Mechanism = "By an agent as in a container on a host; by Chaos Mesh an object for each target, docs/other-engines.md has what it is told.", Parameters = [Names], Aliases = ["pod-dns-error", "dns-error"] },
        Define("dns-random", "dns", "Answers the pod's questions for names with addresses at random.", RiskLevel.Medium) with { Parameters = [Names] },
    ];

    private static FaultDefinition Define(string name, string family, string summary, RiskLevel risk) => new()
    {
        Name = name,
        Family = family,
        Summary = summary,
        Risk = risk,
        Targets = [TargetKind.Pod],
        Drivers = ["chaos-mesh"],
        Mechanism = "An object of Chaos Mesh for each target; docs/other-engines.md has what it is told.",
        Ending = Ending.MustBeUndone,
        Fingerprint = "The images of the pods of its owner and the owner's ready count; for a pod without an owner its own.",
        ResidueCheck = "The object is gone with every record recovered, and the fingerprint is as before. What only Chaos Mesh could look at, the certificate names.",
        ByHand = "craterctl export chaos-mesh <experiment>",
        UndoByHand = "kubectl delete <the object>",
    };
}
