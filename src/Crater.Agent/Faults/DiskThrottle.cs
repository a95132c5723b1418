namespace Crater.Agent.Faults;

/// <summary>Lets processes read and write no faster than a rate.</summary>
internal sealed class DiskThrottle : DiskLimitFault
{
    public override FaultDescription Description { get; } = new()
    {
        Name = "disk-throttle",
        Family = "disk",
        Summary = "Lets processes read from and write to a disk no faster than a rate.",
        Mechanism = "A cgroup of the injection's own, with a limit for each disk (blkio.throttle in version 1, io.max in version 2), into which the processes are moved; for a whole place (neither --pid nor --key) these limits of the place's own cgroup.",
        Ending = GroupEnding,
        Cannot = Limits,
        Parameters =
        [
            .. Parameters,
            new("read-bytes", ParameterType.Bytes, "Read no more than this each second.") { Min = 2 },
            new("write-bytes", ParameterType.Bytes, "Write no more than this each second.") { Min = 2 },
            new("read-io", ParameterType.Integer, "No more reads than this each second.") { Unit = "operations", Min = 2 },
            new("write-io", ParameterType.Integer, "No more writes than this each second.") { Unit = "operations", Min = 2 },
        ],
        OneOf = ProcessPick.OneOf,
        TakesWhole = true,
        Aliases = ["diskio-limit"],
    };

    protected override IReadOnlyList<long> Rates(FaultRequest request)
    {
        var rates = new[] { "read-bytes", "write-bytes", "read-io", "write-io" }.Select(name => request.Has(name) ? request.Number(name) : 0).ToArray();
        return rates.Any(rate => rate > 0)
            ? rates
            : throw new AgentException("CRT5736", ExitCodes.Usage, "disk-throttle needs a rate: --read-bytes, --write-bytes, --read-io or --write-io.");
    }
}
