namespace Crater.Agent.Faults;

/// <summary>Lets reads and writes of processes wait as if the disk had stopped answering.</summary>
internal sealed class DiskHang : DiskLimitFault
{
    /// <summary>The least that both versions take; a block of 4 KiB takes more than half an hour at it.</summary>
    private const long BytesPerSecond = 2;

    public override FaultDescription Description { get; } = new()
    {
        Name = "disk-hang",
        Family = "disk",
        Summary = "Lets reads and writes of processes wait as if the disk had stopped answering.",
        Mechanism = "A cgroup of the injection's own, with a limit of two bytes a second for each disk (blkio.throttle in version 1, io.max in version 2), into which the processes are moved; for a whole place (neither --pid nor --key) these limits of the place's own cgroup. A block of 4 KiB would take more than half an hour. When it is lifted, what waited goes on.",
        Ending = GroupEnding,
        Cannot = Limits + " The file system as a whole is never frozen: nobody could look whether it still is without waiting in it, and recovery itself might.",
        Parameters =
        [
            .. Parameters,
            new("mode", ParameterType.Choice, "What waits.") { Short = 'm', Choices = ["all", "read", "write"], Default = "all" },
        ],
        OneOf = ProcessPick.OneOf,
        TakesWhole = true,
        Aliases = ["diskio-hang"],
    };

    protected override IReadOnlyList<long> Rates(FaultRequest request) =>
        [request.Text("mode") == "write" ? 0 : BytesPerSecond, request.Text("mode") == "read" ? 0 : BytesPerSecond, 0, 0];
}
