using Crater.Targets;

namespace Crater.Faults.Families;

/// <summary>Faults of a whole container on a host, done by its craterd.</summary>
internal static class HostContainerFaults
{
    private static readonly FaultParameter RecoverCommand = new()
    {
        Name = "recover-cmd",
        Type = ParameterType.Text,
        Summary = "A program by its absolute path, and its arguments, started on the host at recovery where nobody else brings the container back; when it fails, the recovery is not clean.",
    };

    public static IReadOnlyList<FaultDefinition> All { get; } = [Kill(), Pause(), Remove(), Restart()];

    private static FaultDefinition Moment(string name, string summary, RiskLevel risk, string mechanism, IReadOnlyList<FaultParameter> parameters, string options) => new()
    {
        Name = name,
        Family = "container",
        Summary = summary,
        Risk = risk,
        Targets = [TargetKind.Container],
        Drivers = ["agent"],
        Mechanism = mechanism,
        Ending = Ending.HealsItself,
        Fingerprint = "How many containers of that name there are on the host; more than before are as good.",
        ResidueCheck = "There are as many containers of that name as before, whoever started them.",
        Parameters = parameters,
        ByHand = $"ssh {{host}} craterd inject {name} --container {{container}}{options}",
        UndoByHand = "ssh {host} podman start {container}",
    };

    private static FaultDefinition Kill() => Moment("container-kill", "Ends a container by a signal to its first process; whoever watches over it starts another one.", RiskLevel.Medium,
        "The signal by pidfd to the container's first process, known by pid, start time and boot; with SIGKILL it is in place when that has ended. No runtime is asked.",
        [new() { Name = "signal", Type = ParameterType.Integer, Summary = "The signal, by number.", Min = "1", Max = "64", Default = "9" }, RecoverCommand], " --signal {signal}");

    private static FaultDefinition Remove() => Moment("container-remove", "Ends a container and removes it; what was written in it and not to a volume is lost for good.", RiskLevel.High,
        "The runtime's own program (docker, podman, crictl, runc or crun), as an argument vector; in place when the container's first process has ended.", [RecoverCommand], "") with
    {
        Aliases = ["container-rm"],
        UndoByHand = "ssh {host} podman run <as it was made>",
    };

    private static FaultDefinition Restart() => Moment("container-restart", "Has a container's runtime end it and start it anew.", RiskLevel.Medium,
        "The runtime's own program, as an argument vector: restart of docker and podman; crictl stop where a kubelet starts another one. In place when the container's first process has ended. runc and crun by themselves cannot.",
        [new() { Name = "wait-time", Type = ParameterType.Integer, Summary = "How long the container has to end by itself before it is killed.", Unit = "seconds", Min = "0", Max = "20", Default = "10" }], " --wait-time {wait-time}");

    private static FaultDefinition Pause() => new()
    {
        Name = "container-pause",
        Family = "container",
        Summary = "Freezes everything in a container: connections stay, and nothing answers.",
        Risk = RiskLevel.Medium,
        Targets = [TargetKind.Container],
        Drivers = ["agent"],
        Mechanism = "The freezer of the container's control group, of version 1 or 2; in place when the kernel says that all of it stands still. No runtime is asked.",
        Ending = Ending.MustBeUndone,
        Fingerprint = "Whether the container is frozen, its control group, and how many containers of that name there are on the host; more than before are as good.",
        ResidueCheck = "The same control group is thawed, or gone, and there are as many containers of that name as before.",
        Aliases = ["container-freeze"],
        ByHand = "ssh {host} podman pause {container}",
        UndoByHand = "ssh {host} podman unpause {container}",
    };
}
