using Crater.Agent.Places;
using Crater.Agent.State;

namespace Crater.Agent.Faults;

/// <summary>Limits how much some processes may read from and write to some disks, through a cgroup of the injection's own.</summary>
internal abstract class DiskLimitFault : HostFault
{
    public override string Capability => "CAP_SYS_ADMIN";

    /// <summary>What every fault of this kind takes.</summary>
    protected static IReadOnlyList<FaultParameter> Parameters { get; } =
    [
        ProcessPick.Parameters[0] with { Aliases = ["pid-list"] },
        .. ProcessPick.Parameters.Skip(1),
        new("device", ParameterType.Text, "The disks, with commas between: numbers (8:0), devices (/dev/sda), or paths on them. A partition stands for its whole disk.") { Short = 'd', IsRequired = true, Aliases = ["dev-list"] },
    ];

    /// <summary>What all of them cannot do.</summary>
    protected const string Limits = "It hits reads that miss the page cache and writes past it (O_DIRECT, fsync in version 2); in cgroup version 1 buffered writes pass, since the kernel writes them in its own name. " +
        "A process that waits in it cannot be killed until it is taken off. In version 2 the processes leave the limits of their own cgroup meanwhile.";

    public override string Check() => $"{(Hierarchy().IsUnified ? "io.max in cgroup version 2" : "blkio.throttle in cgroup version 1")}.";

    public override Preparation Prepare(FaultRequest request)
    {
        var hierarchy = Hierarchy();
        var disks = request.Text("device").Split(',', StringSplitOptions.TrimEntries).Select(BlockDevice.Numbers).Distinct().ToList();
        var (readBytes, writeBytes, readOperations, writeOperations) = Rates(request);
        var processes = ProcessPick.Find(request);
        ProcessPick.RefuseForeign(processes);
        Dictionary<string, string> undo = [];
        var claims = OwnCgroup.Capture(hierarchy, request.Uid, processes, undo);
        undo["disks"] = string.Join(' ', disks);
        undo["unified"] = hierarchy.IsUnified ? "true" : "false";
        undo["rates"] = $"{readBytes} {writeBytes} {readOperations} {writeOperations}";
        return new Preparation(undo, claims,
            $"{(hierarchy.IsUnified ? "io.max (cgroup version 2)" : "blkio.throttle (cgroup version 1)")} of {undo["cgroup"]} for disk {string.Join(", ", disks)} and {processes.Count} of the processes.");
    }

    public override IDisposable? Inject(FaultRequest request, UndoData undo)
    {
        OwnCgroup.Enter(undo, Settings(undo, isLifted: false));
        return null;
    }

    public override Presence Look(UndoData undo) => OwnCgroup.Look(undo);

    // The limits first: what waits in them is let go, and only then can a process be moved or end.
    public override void Recover(UndoData undo) => OwnCgroup.Leave(undo, Settings(undo, isLifted: true));

    public override string Fingerprint(UndoData undo) => OwnCgroup.Fingerprint(undo);

    public override string LookWith(UndoData undo) => OwnCgroup.LookWith(undo);

    /// <summary>Bytes and operations each second, read and written; 0 for no limit.</summary>
    protected abstract (long ReadBytes, long WriteBytes, long ReadOperations, long WriteOperations) Rates(FaultRequest request);

    private static IEnumerable<(string File, string Value)> Settings(UndoData undo, bool isLifted)
    {
        string[] legacy = ["blkio.throttle.read_bps_device", "blkio.throttle.write_bps_device", "blkio.throttle.read_iops_device", "blkio.throttle.write_iops_device"];
        string[] unified = ["rbps", "wbps", "riops", "wiops"];
        var rates = undo["rates"].Split(' ').Select((rate, i) => (Rate: rate, Index: i)).Where(limit => limit.Rate != "0").ToList();
        foreach (var disk in undo["disks"].Split(' '))
        {
            if (undo["unified"] == "true")
            {
                yield return ("io.max", $"{disk} {string.Join(' ', rates.Select(limit => $"{unified[limit.Index]}={(isLifted ? "max" : limit.Rate)}"))}");
                continue;
            }

            foreach (var (rate, index) in rates)
            {
                yield return (legacy[index], $"{disk} {(isLifted ? "0" : rate)}");
            }
        }
    }

    private CgroupHierarchy Hierarchy() => CgroupHierarchy.Of(Description.Name, "blkio", "io");
}
