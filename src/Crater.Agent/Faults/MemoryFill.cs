using System.Globalization;
using Crater.Agent.Host;
using Crater.Agent.Places;
using Crater.Agent.State;

namespace Crater.Agent.Faults;

/// <summary>Takes memory, in the keeper's own address space.</summary>
internal sealed class MemoryFill : HeldFault
{
    /// <summary>Where it is mapped in every keeper, so that a look from outside can tell it from everything else: far from what the kernel and the runtime choose.</summary>
    internal const long Address = 0x5C00_0000_0000;

    public override FaultDescription Description { get; } = new()
    {
        Name = "memory-fill",
        Family = "memory",
        Summary = "Takes memory and keeps it.",
        Mechanism = "Anonymous pages (ram) or a memory file (cache) of the keeper, each page written to; in place when all of it is resident.",
        Ending = "Dies with its keeper; nothing is left to undo. The keeper is the first that the kernel's out-of-memory killer takes, which ends the fault.",
        Cannot = "It cannot keep the kernel from swapping it out afterwards, and cannot take more than the host, the place, or a group around the place has available. In control groups of version 2 it is taken under the place's limit on CPU time as well: where that is low, a lot takes long, and is given up after a minute.",
        Parameters =
        [
            new("percent", ParameterType.Integer, "Fill until this share of the host's memory, or of a place's limit, is used, by everyone together.") { Short = 'p', Unit = "percent", Min = 1, Max = 100 },
            new("bytes", ParameterType.Bytes, "Take this much.") { Short = 'b', Min = 1 << 20 },
            new("mode", ParameterType.Choice, "Memory of a process, or memory that counts as page cache.") { Short = 'm', Choices = ["ram", "cache"], Default = "ram" },
        ],
        OneOf = ["percent", "bytes"],
        Aliases = ["mem-fill", "memory-hog", "memory-stress"],
    };

    protected override IReadOnlyList<string> Controllers => ["memory"];

    public override Preparation Prepare(FaultRequest request)
    {
        var (total, available) = request.Place is { } place ? PlaceMemory.Of(place) : MemoryState.OfHost();
        var bytes = request.Has("bytes") ? request.Number("bytes") : (total * request.Number("percent") / 100) - (total - available);
        if (bytes <= 0)
        {
            throw new AgentException("CRT5586", ExitCodes.Host, $"{100 * (total - available) / total} % of the memory is used already, and {request.Text("percent")} % was asked for. Ask for more.");
        }

        available = request.Place is { } around ? Math.Min(available, PlaceMemory.LeftAround(around)) : available;
        bytes = (bytes + Environment.SystemPageSize - 1) / Environment.SystemPageSize * Environment.SystemPageSize;
        return bytes <= available - Limits.ReserveBytes
            ? new Preparation(new Dictionary<string, string> { ["bytes"] = bytes.ToString(CultureInfo.InvariantCulture) }, [], Description.Mechanism)
            : throw new AgentException("CRT5587", ExitCodes.Host,
                $"{bytes >> 20} MiB were asked for, and {available >> 20} MiB are available, of which {Limits.ReserveBytes >> 20} MiB stay free for recovery. Ask for less.");
    }

    // What runs for the first time takes long under a tight limit on CPU time, which in version 2 comes with the memory's.
    public override void Rehearse()
    {
        try
        {
            new Filling(Environment.SystemPageSize, isCache: false).Dispose();
        }
        catch (AgentException)
        {
            // The kernel counts in lumps, in which a page need not show.
        }
    }

    public override IDisposable Inject(FaultRequest request, UndoData undo) => new Filling(undo.Number("bytes"), request.Text("mode") == "cache");

    protected override bool? IsHeldBy(ProcessIdentity holder, UndoData undo)
    {
        try
        {
            return File.ReadLines($"/proc/{holder.Pid}/maps").Any(line => line.StartsWith($"{Address:x}-", StringComparison.Ordinal));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return holder.IsAlive ? null : false;
        }
    }

    public override string LookWith(UndoData undo) => $"grep -i rss /proc/{undo.Holder.Pid}/status";
}
