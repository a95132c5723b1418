using Crater.Agent.Places;
using Crater.Agent.State;

namespace Crater.Agent.Faults;

/// <summary>Limits how much some processes, or all of a place, may read from and write to some disks.</summary>
internal abstract class DiskLimitFault : GroupFault
{
    private static readonly string[] LegacyFiles = ["blkio.throttle.read_bps_device", "blkio.throttle.write_bps_device", "blkio.throttle.read_iops_device", "blkio.throttle.write_iops_device"];
    private static readonly string[] UnifiedWords = ["rbps", "wbps", "riops", "wiops"];

    /// <summary>What every fault of this kind takes.</summary>
    protected static IReadOnlyList<FaultParameter> Parameters { get; } =
    [
        ProcessPick.Parameters[0] with { Aliases = ["pid-list"] },
        .. ProcessPick.Parameters.Skip(1),
        new("device", ParameterType.Text, "The disks, with commas between: numbers (8:0), devices (/dev/sda), or paths on them. A partition stands for its whole disk.") { Short = 'd', IsRequired = true, Aliases = ["dev-list"] },
    ];

    /// <summary>What all of them cannot do.</summary>
    protected const string Limits = "It hits reads that miss the page cache and writes past it (O_DIRECT, fsync in version 2); in cgroup version 1 buffered writes pass, since the kernel writes them in its own name. " +
        "A process that waits in it cannot be killed until it is taken off. In version 2 picked processes leave the limits of their own cgroup meanwhile. " +
        "In version 2 the kernel also writes back under that limit what they have written, so on a file system with a journal (ext4) others who sync may have to wait for them: take a disk of their own. " +
        "In version 1 the groups that a whole place makes below its own meanwhile are not limited. " + GroupLimits;

    public override string Check() => $"{(Hierarchy().IsUnified ? "io.max in cgroup version 2" : "blkio.throttle in cgroup version 1")}.";

    public override Preparation Prepare(FaultRequest request)
    {
        var hierarchy = Hierarchy();
        var disks = request.Text("device").Split(',', StringSplitOptions.TrimEntries).Select(BlockDevice.Numbers).Distinct().ToList();
        var rates = Rates(request);
        Dictionary<string, string> undo = [];
        if (ProcessPick.IsWhole(request))
        {
            var limits = Lowered(hierarchy, request.Place!, disks, rates);
            return limits.Count > 0
                ? new Preparation(undo, PlaceLimits.Capture(hierarchy, request.Place!, limits, undo), Told(hierarchy, request.Place!.Cgroup(hierarchy.Controller), disks, "everything in it"))
                : throw new AgentException("CRT5732", ExitCodes.Host, $"{request.Place!.Asked} has limits as low already. Ask for lower rates; look with: grep . {request.Place.Cgroup(hierarchy.Controller)}/{(hierarchy.IsUnified ? "io.max" : "blkio.throttle.*_device")}.");
        }

        var processes = ProcessPick.Find(request);
        ProcessPick.RefuseForeign(processes);
        var claims = OwnCgroup.Capture(hierarchy, request.Uid, processes, undo);
        undo["disks"] = string.Join(' ', disks);
        undo["unified"] = hierarchy.IsUnified ? "true" : "false";
        undo["rates"] = string.Join(' ', rates);
        return new Preparation(undo, claims, Told(hierarchy, undo["cgroup"], disks, $"{processes.Count} of the processes"));
    }

    public override IDisposable? Inject(FaultRequest request, UndoData undo)
    {
        if (!PlaceLimits.AreIn(undo))
        {
            OwnCgroup.Enter(undo, Settings(undo, isLifted: false));
            return null;
        }

        PlaceLimits.SwitchOn(undo);
        foreach (var limit in PlaceLimits.Limits(undo))
        {
            limit.Set(limit.New);
        }

        return null;
    }

    // In version 2 the kernel writes back what they have written under their limit as well, and the journal of a file system waits for it, and whoever syncs waits for the journal: recovery too.
    public override void LetGo(UndoData undo)
    {
        if (PlaceLimits.AreIn(undo))
        {
            PlaceLimits.Lift(undo);
        }
        else if (Directory.Exists(undo["cgroup"]))
        {
            Settings(undo, isLifted: true).ToList().ForEach(setting => CgroupHierarchy.Write(undo["cgroup"], setting.File, setting.Value));
        }
    }

    public override bool HoldsDisks => true;

    /// <summary>Bytes and operations each second: bytes read, bytes written, reads, writes; 0 for no limit.</summary>
    protected abstract IReadOnlyList<long> Rates(FaultRequest request);

    protected override IEnumerable<(string File, string Value)> Lifted(UndoData undo) => Settings(undo, isLifted: true);

    protected override CgroupHierarchy Hierarchy() => CgroupHierarchy.Of(Description.Name, "blkio", "io");

    /// <summary>The limits of a place that become lower, each with what it becomes.</summary>
    private static List<GroupLimit> Lowered(CgroupHierarchy hierarchy, Place place, IEnumerable<string> disks, IReadOnlyList<long> rates) =>
    [
        .. from folder in PlaceLimits.Groups(hierarchy, place)
           from disk in disks
           from index in Enumerable.Range(0, rates.Count)
           where rates[index] > 0
           let limit = hierarchy.IsUnified ? PlaceLimits.Of(folder, "io.max", disk, UnifiedWords[index]) : PlaceLimits.Of(folder, LegacyFiles[index], disk)
           let lower = limit.Lower(rates[index])
           where lower != limit.Old
           select limit with { New = lower },
    ];

    private static IEnumerable<(string File, string Value)> Settings(UndoData undo, bool isLifted)
    {
        var rates = undo["rates"].Split(' ').Select((rate, i) => (Rate: rate, Index: i)).Where(limit => limit.Rate != "0").ToList();
        foreach (var disk in undo["disks"].Split(' '))
        {
            if (undo["unified"] == "true")
            {
                yield return ("io.max", $"{disk} {string.Join(' ', rates.Select(limit => $"{UnifiedWords[limit.Index]}={(isLifted ? "max" : limit.Rate)}"))}");
                continue;
            }

            foreach (var (rate, index) in rates)
            {
                yield return (LegacyFiles[index], $"{disk} {(isLifted ? "0" : rate)}");
            }
        }
    }

    private static string Told(CgroupHierarchy hierarchy, string group, IEnumerable<string> disks, string whom) =>
        $"{(hierarchy.IsUnified ? "io.max (cgroup version 2)" : "blkio.throttle (cgroup version 1)")} of {group} for disk {string.Join(", ", disks)} and {whom}.";
}
