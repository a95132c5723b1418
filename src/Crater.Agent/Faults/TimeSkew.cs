using System.Globalization;
using Crater.Agent.Host;
using Crater.Agent.State;

namespace Crater.Agent.Faults;

/// <summary>Runs a program whose clocks since boot are wrong, in a time namespace of its own.</summary>
internal sealed class TimeSkew : HeldFault
{
    private const string Tool = "/usr/bin/unshare";

    private const string PlaceReason = "what craterd started in a container would have neither the seccomp filter nor the security profile that the runtime has given the others there, and so more rights than the container; " +
        "let the runtime start the container in another time instead (linux.timeOffsets of the OCI specification)";

    public override FaultDescription Description { get; } = new()
    {
        Name = "time-skew",
        Family = "kernel",
        Summary = "Runs a program for which more time has passed since boot than for everybody else.",
        Mechanism = "A time namespace with offsets for CLOCK_MONOTONIC and CLOCK_BOOTTIME, in which the program is started (unshare of util-linux, with an argument vector; only a fork can enter such a namespace, which a managed process cannot do).",
        Ending = "Dies with its keeper: the program is ended with it, and the namespace with the program.",
        Cannot = "The kernel lets nobody change the clocks of a process that runs already, and has no offset for the time of day (CLOCK_REALTIME): what a program takes for the date stays right. Rewriting the clock functions in the memory of a running process would change both, and is not done, since it cannot be proven undone when the writer dies in the middle. " +
            "It is refused in a place: " + PlaceReason + ".",
        Parameters =
        [
            new("program", ParameterType.Program, "The program that is to live in the wrong time.") { IsRequired = true },
            new("offset", ParameterType.Duration, "How much more time has passed for it since boot, in whole seconds.") { IsRequired = true },
            new("pid", ParameterType.Integer, "Refused: a process that runs already keeps its time.") { Short = 'p', Min = 2, Max = int.MaxValue },
        ],
    };

    public override string NoPlaceSince => PlaceReason;

    public override string Capability => "CAP_SYS_ADMIN";

    public override string Check() => File.Exists("/proc/self/ns/time") && File.Exists(Tool) ? Description.Mechanism : throw new AgentException("CRT5742", ExitCodes.Host,
        $"time-skew needs time namespaces (Linux 5.6; /proc/self/ns/time) and {Tool}; {(File.Exists(Tool) ? "this kernel has none" : "the program is missing, install util-linux")}.");

    public override Preparation Prepare(FaultRequest request)
    {
        if (request.Has("pid"))
        {
            throw new AgentException("CRT5743", ExitCodes.Host,
                $"Process {request.Text("pid")} runs already, and the kernel changes the time of new processes only. Start it under the fault instead: --program \"PATH ARGUMENTS\".");
        }

        var seconds = request.Number("offset") / 1000;
        return seconds > 0
            ? new Preparation(new Dictionary<string, string> { ["seconds"] = seconds.ToString(CultureInfo.InvariantCulture) }, [], $"A time namespace {seconds} s ahead (CLOCK_MONOTONIC, CLOCK_BOOTTIME) for {request.Text("program")}; the time of day is not changed.")
            : throw new AgentException("CRT5744", ExitCodes.Usage, "--offset is less than a second, and time namespaces are asked for whole ones here.");
    }

    public override IDisposable Inject(FaultRequest request, UndoData undo) =>
        SkewedProgram.Start([Tool, "--time", $"--monotonic={undo["seconds"]}", $"--boottime={undo["seconds"]}", "--fork", "--kill-child", .. RecoveryProgram.Split(request.Text("program"))!]);

    public override string LookWith(UndoData undo) => $"ps -ef --forest | grep -A3 ' {undo.Holder.Pid} '; lsns -t time";

    protected override bool? IsHeldBy(ProcessIdentity holder, UndoData undo) => SkewedProgram.Of(holder.Pid) is not null;
}
