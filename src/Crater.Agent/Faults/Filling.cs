using Crater.Agent.Host;

namespace Crater.Agent.Faults;

/// <summary>Memory that is taken, every page of it resident.</summary>
internal sealed unsafe class Filling : IDisposable
{
    private const int ReadWrite = 3;
    private const int Shared = 1;
    private const int PrivateAnonymous = 0x22;

    /// <summary>MAP_FIXED_NOREPLACE: exactly there, or not at all.</summary>
    private const int ThereOrNowhere = 0x100000;

    /// <summary>What the runtime may take and give back by itself between two looks, in parts of the whole.</summary>
    private const double Tolerance = 0.01;

    private readonly long _bytes;
    private readonly nint _memory;

    /// <summary>Returns when all of it is resident.</summary>
    /// <exception cref="AgentException">CRT5588: it is not.</exception>
    /// <exception cref="HostException">The kernel gave no memory.</exception>
    public Filling(long bytes, bool isCache)
    {
        _bytes = bytes;
        // When memory runs out this process has to go first: then the fault is over, and nobody else was hit.
        File.WriteAllText("/proc/self/oom_score_adj", "1000");
        using var file = isCache ? new Descriptor(Libc.MemoryFile("crater-memory-fill", 1 /* close on exec */)) : null;
        if (file is not null && Libc.Truncate(file.Number, bytes) != 0)
        {
            throw new HostException($"{bytes} bytes could not be taken", Errno.Last);
        }

        var before = MemoryState.OfThisProcess();
        _memory = Libc.Map(unchecked((nint)MemoryFill.Address), (nuint)bytes, ReadWrite, (file is null ? PrivateAnonymous : Shared) | ThereOrNowhere, file?.Number ?? -1, 0);
        if (_memory == -1)
        {
            throw new HostException($"{bytes} bytes could not be taken", Errno.Last);
        }

        Touch();
        var taken = MemoryState.OfThisProcess() - before;
        if (taken < bytes * (1 - Tolerance))
        {
            Dispose();
            throw new AgentException("CRT5588", ExitCodes.NotInjected, $"Of {bytes >> 20} MiB only {taken >> 20} MiB became resident; the rest was swapped out or refused.");
        }
    }

    public void Dispose() => _ = Libc.Unmap(_memory, (nuint)_bytes);

    private void Touch()
    {
        for (long at = 0; at < _bytes; at += Environment.SystemPageSize)
        {
            // Another number on each page, so that neither zero pages nor merging make it smaller than it looks.
            *(long*)(_memory + at) = at | 1;
        }
    }
}
