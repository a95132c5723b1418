namespace Crater.EndToEnd.Tests.Machines;

/// <summary>What a virtual machine is made of, beside busybox.</summary>
internal sealed record MachineSetup
{
    /// <summary>Modules of the kernel by name, e.g. <c>sch_netem</c>; what they need is loaded with them, and nothing is loaded on demand.</summary>
    public IReadOnlyList<string> Modules { get; init; } = [];

    /// <summary>Programs of this machine, by full path; they get the same path, and their libraries.</summary>
    public IReadOnlyList<string> Programs { get; init; } = [];

    /// <summary>Other files: where they are put, and where they come from.</summary>
    public IReadOnlyDictionary<string, string> Files { get; init; } = new Dictionary<string, string>();

    /// <summary>Whether craterd is in it, as <c>/usr/bin/craterd</c>, with its runtime.</summary>
    public bool HasAgent { get; init; } = true;

    /// <summary>A file system of this size at <c>/disk</c>, which a reset leaves as it is; 0 for none. All else is memory, and gone.</summary>
    public int DiskMiB { get; init; }

    /// <summary>At most as much as the test needs: several machines may run at a time.</summary>
    public int MemoryMiB { get; init; } = 512;

    /// <summary>Lines of shell that the machine runs before it listens.</summary>
    public string AtStart { get; init; } = "";

    public IEnumerable<string> AllModules => DiskMiB > 0 ? ["virtio_pci", "virtio_blk", .. Modules] : Modules;
}
