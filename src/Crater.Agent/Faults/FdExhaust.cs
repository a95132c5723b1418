using System.Globalization;
using Crater.Agent.Host;

namespace Crater.Agent.Faults;

/// <summary>Lets processes open no more files.</summary>
internal sealed class FdExhaust : LimitFault
{
    public override FaultDescription Description { get; } = new()
    {
        Name = "fd-exhaust",
        Family = "kernel",
        Summary = "Lets processes open no more files and sockets: the next one is refused as too many (EMFILE).",
        Mechanism = "The soft limit on open files (RLIMIT_NOFILE) of each process is set by prlimit to the lowest number that is free, so that nobody else notices; the hard limit stays.",
        Ending = "Must be undone: the old limit is set again for the same processes, and for children that got the lowered one from them.",
        Cannot = "It cannot keep a process from raising its own limit. What a process closes it may open again. poll() of more files than the limit is refused too. The files of the whole host (fs.file-max) are not touched: that would hit everybody. A child whose parent has ended meanwhile keeps the lowered limit.",
        Parameters =
        [
            .. ProcessPick.Parameters,
            new("left", ParameterType.Integer, "How many files each may still open.") { Unit = "files", Max = 1_000_000, Default = "0", Aliases = ["count"], Short = 'c' },
        ],
        OneOf = ProcessPick.OneOf,
        Aliases = ["kernel-fdfull", "fd-full"],
    };

    protected override int Resource => Libc.LimitFiles;

    protected override string LimitName => "nofile";

    /// <summary>The lowest number below which as many are free as are to be left.</summary>
    protected override ulong Lowered(ProcessIdentity process, long left)
    {
        var used = Directory.EnumerateFileSystemEntries($"/proc/{process.Pid}/fd").Select(link => int.Parse(Path.GetFileName(link), CultureInfo.InvariantCulture)).ToHashSet();
        var number = 0;
        for (var free = -1L; ; number++)
        {
            free += used.Contains(number) ? 0 : 1;
            if (free == left)
            {
                return (ulong)number;
            }
        }
    }
}
