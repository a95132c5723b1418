using System.Globalization;
using Crater.Agent.Host;
using Crater.Agent.State;

namespace Crater.Agent.Faults;

/// <summary>Raises the load average, with threads of the keeper that wait and use no CPU.</summary>
internal sealed class CpuLoad : HeldFault
{
    private const int CountPerCore = 4;

    public override FaultDescription Description { get; } = new()
    {
        Name = "cpu-load",
        Family = "cpu",
        Summary = "Raises the load average by a number, without using the CPU.",
        Mechanism = "Threads of the keeper in a wait that nothing but SIGKILL disturbs (state D): each asks for a page that userfaultfd withholds. Where the kernel or the user's rights lack that, threads of the idle class (SCHED_IDLE), which take what nobody else wants.",
        Ending = "Dies with its keeper; nothing is left to undo. The averages of 1, 5 and 15 minutes come down by themselves.",
        Cannot = "The load average is a mean: of what was asked, 63 % shows after one minute in the first of its numbers. In a place its threads are in the place's control groups, whose limits count them (pids.max) and slow them; but the kernel keeps one load average for all, so what rises in /proc/loadavg is the host's number, as the container shows it too unless its runtime makes one up (lxcfs). Threads of the idle class show as CPU use.",
        Parameters =
        [
            new("count", ParameterType.Integer, "By how much; 0 is four times the cores that craterd may run on.") { Short = 'c', Unit = "tasks", Max = 4096, Default = "0" },
        ],
    };

    // Threads are tasks, and the fewer of those a place may have, the fewer can wait there.
    protected override IReadOnlyList<string> Controllers => ["cpu", "cpuacct", "cpuset", "pids"];

    public override string Check() => Mechanism(WithheldPage.IsPossible());

    public override Preparation Prepare(FaultRequest request)
    {
        var count = request.Number("count") == 0 ? Cores.Allowed(request.Place?.Process.Pid ?? 0).Count * CountPerCore : request.Number("count");
        var isQuiet = WithheldPage.IsPossible();
        return new Preparation(new Dictionary<string, string> { ["count"] = count.ToString(CultureInfo.InvariantCulture), ["quiet"] = isQuiet ? "true" : "false" }, [], Mechanism(isQuiet));
    }

    public override IDisposable Inject(FaultRequest request, UndoData undo) => new Waiters((int)undo.Number("count"), undo["quiet"] == "true");

    public override string LookWith(UndoData undo) => $"ps -L -o tid,comm,stat -p {undo.Holder.Pid}; cat /proc/loadavg";

    protected override bool? IsHeldBy(ProcessIdentity holder, UndoData undo) => NamedThreads.IsOf(holder, Waiters.ThreadName);

    private static string Mechanism(bool isQuiet) => isQuiet
        ? "Threads that wait for a page which userfaultfd withholds (state D); no CPU is used."
        : "Threads of the idle class (SCHED_IDLE) that run when nobody else wants to: userfaultfd is not available to this user on this kernel.";
}
