using Crater.Drivers;
using Crater.Journals;
using Crater.Measurements;

namespace Crater.Tests.Runs.Simulation;

/// <summary>The kernel as it is, or with one thing broken on purpose behind one of its seams. Product code carries no such switch.</summary>
public sealed record Variant(string Name)
{
    public static readonly Variant Product = new("the product");

    public Func<IJournal, IJournal> Journal { get; init; } = journal => journal;

    public Func<SimulatedDriver, SimulatedWorld, IDriver> Driver { get; init; } = (driver, _) => driver;

    public Func<IClaims, IClaims> Claims { get; init; } = claims => claims;

    public Func<IMetricSource, SimulatedWorld, IMetricSource> Source { get; init; } = (source, _) => source;

    /// <summary>What the process asks when it wants a run's lock.</summary>
    public Func<IJournals, IJournals> Journals { get; init; } = journals => journals;

    public bool SweepsNothing { get; init; }

    public bool HasNoTombstones { get; init; }

    public bool HidesResidue { get; init; }

    public override string ToString() => Name;
}
