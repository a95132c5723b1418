using System.Globalization;
using Crater.Agent.Host;
using Crater.Agent.State;

namespace Crater.Agent.Faults;

/// <summary>Burns a share of some cores, in threads of the keeper.</summary>
internal sealed class CpuBurn : HeldFault
{
    /// <summary>Name of the burning threads, by which a look finds them.</summary>
    private const string ThreadName = "crater-burn";

    public override FaultDescription Description { get; } = new()
    {
        Name = "cpu-burn",
        Family = "cpu",
        Summary = "Burns a share of each of some cores.",
        Mechanism = "One thread of the keeper for each core, bound to it and held to its share by the CPU time that it really got (CLOCK_THREAD_CPUTIME_ID, in periods of 10 ms).",
        Ending = "Dies with its keeper; nothing is left to undo.",
        Cannot = "It cannot burn more than the core has left: where others leave less than the share, it takes what there is. The share is of its own time, not of the core's total use.",
        Parameters =
        [
            new("percent", ParameterType.Integer, "The share of each core.") { Short = 'p', Unit = "percent", Min = 1, Max = 100, IsRequired = true },
            new("list", ParameterType.Cores, "The cores, by number; left out: the first ones that craterd may run on.") { Short = 'l' },
            new("count", ParameterType.Integer, "How many cores when no list is given; 0 is all of them.") { Short = 'c', Unit = "cores", Max = 4096, Default = "0", Aliases = ["cores"] },
        ],
        Aliases = ["cpu-hog", "cpu-stress"],
    };

    protected override IReadOnlyList<string> Controllers => ["cpu", "cpuacct", "cpuset"];

    public override Preparation Prepare(FaultRequest request)
    {
        var allowed = Cores.Allowed(request.Place?.Process.Pid ?? 0);
        var cores = request.Has("list") ? Cores.Parse(request.Text("list"))! : allowed;
        var foreign = cores.Except(allowed).ToList();
        if (foreign.Count > 0)
        {
            throw new AgentException("CRT5580", ExitCodes.Host,
                $"Core {foreign[0]} is not one that craterd may run on; it may use {Cores.Text(allowed)}. Name some of those with --list.");
        }

        var count = request.Has("list") || request.Number("count") == 0 ? cores.Count : (int)Math.Min(request.Number("count"), cores.Count);
        return new Preparation(new Dictionary<string, string> { ["cores"] = Cores.Text([.. cores.Take(count)]) }, [], Description.Mechanism);
    }

    public override IDisposable Inject(FaultRequest request, UndoData undo) =>
        new Burners(Cores.Parse(undo["cores"])!, request.Number("percent") / 100.0, ThreadName);

    protected override bool? IsHeldBy(ProcessIdentity holder, UndoData undo) => NamedThreads.IsOf(holder, ThreadName);

    public override string LookWith(UndoData undo) => string.Create(CultureInfo.InvariantCulture, $"ps -L -o tid,comm,pcpu,psr -p {undo.Holder.Pid}");
}
