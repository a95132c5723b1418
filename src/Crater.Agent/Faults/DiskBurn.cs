using System.Globalization;
using Crater.Agent.Host;
using Crater.Agent.State;

namespace Crater.Agent.Faults;

/// <summary>Keeps a disk busy, with a thread of the keeper that reads or writes a file without a name.</summary>
internal sealed class DiskBurn : HeldFault
{
    private const long SizeDefault = 256 << 20;

    public override FaultDescription Description { get; } = new()
    {
        Name = "disk-burn",
        Family = "disk",
        Summary = "Keeps a disk busy with reads or writes, as fast as it takes them.",
        Mechanism = "A thread of the keeper that goes through a file without a name again and again, past the page cache (O_DIRECT); where the file system cannot do that, each block is synced and dropped from the cache. In place when the first block has gone through.",
        Ending = "Dies with its keeper: the kernel frees an open file without a name. Where the file system knows no such files, the name is there for a moment, and removed from undo data.",
        Cannot = "It asks for one block at a time and takes what the disk gives, so how busy a disk of many queues gets is the disk's affair. Writing wears flash memory out. In a place it reads and writes under the limits of the place's control group, from the first time through its file on: where those are low, a smaller --size is in place sooner.",
        Parameters =
        [
            new("mode", ParameterType.Choice, "What is done all the time.") { Short = 'm', Choices = ["read", "write"], Default = "read" },
            new("block", ParameterType.Bytes, "How much at a time, a multiple of 4 KiB.") { Short = 'b', Min = 4096, Max = 1 << 30, Default = "1048576" },
            new("size", ParameterType.Bytes, "Size of the file.") { Min = 1 << 20, Max = 1L << 40, Default = SizeDefault.ToString(CultureInfo.InvariantCulture) },
            new("dir", ParameterType.Path, "A folder on that disk; in a place, one of its own.") { Short = 'd', Default = "/tmp" },
        ],
        Aliases = ["diskio-burn"],
    };

    // What it reads and writes past the page cache is counted, and slowed, where it is.
    protected override IReadOnlyList<string> Controllers => ["blkio"];

    public override Preparation Prepare(FaultRequest request) => PlacedFolder.Prepare(request, folder => Prepare(request, folder));

    private static Preparation Prepare(FaultRequest request, string folder)
    {
        var (block, size) = (request.Number("block"), request.Number("size"));
        if (block % 4096 != 0 || block > size)
        {
            throw new AgentException("CRT5731", ExitCodes.Usage, $"A block of {block} bytes is no multiple of 4 KiB, or larger than the file of {size} bytes. Change --block or --size.");
        }

        PlacedFolder.RefuseTooMuch(new DriveInfo(folder), size);
        return new Preparation(PlacedFolder.Undo(folder, $".crater-{request.Uid}.burn"), [],
            $"{request.Text("mode")} of a file of {size >> 20} MiB without a name in {request.Text("dir")}, {block} bytes at a time, past the page cache.");
    }

    public override IDisposable Inject(FaultRequest request, UndoData undo)
    {
        var file = PlacedFolder.Nameless(undo);
        try
        {
            return new DiskBurner(file, request.Text("mode") == "write", request.Number("block"), request.Number("size") / request.Number("block"));
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    public override void Recover(UndoData undo) => PlacedFolder.Clear(undo);

    public override string Fingerprint(UndoData undo) => $"{base.Fingerprint(undo)} file={(PlacedFolder.HasName(undo) ? "there" : "absent")}";

    public override string LookWith(UndoData undo) => $"cat /proc/{undo.Holder.Pid}/io; ls -l /proc/{undo.Holder.Pid}/fd";

    protected override bool? IsHeldBy(ProcessIdentity holder, UndoData undo) => NamedThreads.IsOf(holder, DiskBurner.ThreadName);
}
