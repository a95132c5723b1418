using System.Globalization;
using Crater.Agent.Host;

namespace Crater.Agent.Faults;

/// <summary>Lets processes open no more files.</summary>
internal sealed class FdExhaust : LimitFault
{
    private const int LooksCount = 6;

    private const int LookPauseMs = 3;

    public override FaultDescription Description { get; } = new()
    {
        Name = "fd-exhaust",
        Family = "kernel",
        Summary = "Lets processes open no more files and sockets: the next one is refused as too many (EMFILE).",
        Mechanism = "The soft limit on open files (RLIMIT_NOFILE) of each process is set by prlimit to the lowest number that is free, so that nobody else notices; the hard limit stays. What a process opens and closes again within some milliseconds counts as free. Of a whole place (neither --pid nor --key) it is every process that is in it then, and what they start.",
        Ending = "Must be undone: the old limit is set again for the same processes, and for children that got the lowered one from them.",
        Cannot = "It cannot keep a process from raising its own limit. What a process closes it may open again. A process that a runtime puts into a whole place later (docker exec) is not limited. poll() of more files than the limit is refused too. The files of the whole host (fs.file-max) are not touched: that would hit everybody. A child whose parent has ended meanwhile keeps the lowered limit.",
        Parameters =
        [
            .. ProcessPick.Parameters,
            new("left", ParameterType.Integer, "How many files each may still open.") { Unit = "files", Max = 1_000_000, Default = "0", Aliases = ["count"], Short = 'c' },
        ],
        OneOf = ProcessPick.OneOf,
        TakesWhole = true,
        Aliases = ["kernel-fdfull", "fd-full"],
    };

    protected override int Resource => Libc.LimitFiles;

    protected override string LimitName => "nofile";

    /// <summary>The lowest number below which as many are free as are to be left.</summary>
    protected override ulong? Lowered(ProcessIdentity process, long left)
    {
        if (Steady(process) is not { } used)
        {
            return null;
        }

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

    /// <summary>What is open at each of some looks: counted with what is just passing, a process could go on opening one file at a time.</summary>
    private static unsafe HashSet<int>? Steady(ProcessIdentity process)
    {
        HashSet<int>? steady = null;
        for (var look = 0; look < LooksCount; look++)
        {
            _ = look > 0 ? Libc.Poll(null, 0, LookPauseMs) : 0;
            try
            {
                var open = Directory.EnumerateFileSystemEntries($"/proc/{process.Pid}/fd").Select(link => int.Parse(Path.GetFileName(link), CultureInfo.InvariantCulture));
                if (steady is null)
                {
                    steady = [.. open];
                }
                else
                {
                    steady.IntersectWith(open);
                }
            }
            catch (DirectoryNotFoundException)
            {
                return null;
            }
        }

        return process.IsAlive ? steady : null;
    }
}
