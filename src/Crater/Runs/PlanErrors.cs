using Crater.Diagnostics;
using Crater.Drivers;
using Crater.Experiments;
using Crater.Faults;
using Crater.Targets;

namespace Crater.Runs;

/// <summary>Everything that can speak against a plan, in the words that a person gets to see.</summary>
internal static class PlanErrors
{
    public static Problem UnknownFault(string path, string fault) => new(path, "CRT3001",
        $"There is no fault '{fault}' in the catalogue. 'craterctl catalog' lists all.");

    public static Problem WrongKind(string path, FaultDefinition definition, TargetKind kind) => new(path, "CRT3002",
        $"{definition.Name} cannot hit a {TargetId.Text(kind)}; it hits {string.Join(", ", definition.Targets.Select(TargetId.Text))}. Change target.kind.");

    public static Problem NothingMatched(string path, TargetSelector selector, IReadOnlyList<string> seen) => new(path, "CRT3003",
        $"Nothing matches '{selector}'. {(seen.Count > 0 ? "Seen instead: " + string.Join("; ", seen) : "Nothing of that kind was seen at all")}. "
        + "Compare with 'craterctl inventory'.");

    public static Problem TooFew(string path, TargetSelector selector, int wanted, int matches) => new(path, "CRT3004",
        $"'{selector}' wants {wanted} targets and matches {matches}. Lower the count, or widen the selector.");

    public static Problem TooManyTargets(BlastRadius radius, int own, int others) => new("blast-radius.targets-max", "CRT3005",
        $"This run would hit {own} targets{(others > 0 ? $", and other runs hold {others}" : "")}; targets-max is {radius.TargetsMax}. "
        + "Lower the counts, raise targets-max, or wait for the other runs.");

    public static Problem ShareTooLarge(BlastRadius radius, string component, int held, int size) => new("blast-radius.target-share-max", "CRT3006", size > 0
        ? $"{held} of the {size} targets of {component} would be held, which is {(double)held / size:0.##}; target-share-max is {radius.TargetShareMax}. "
            + "Lower the count, raise target-share-max, or add replicas."
        : $"How many targets {component} has could not be seen, so its share cannot be limited. Check the permission to read it.");

    public static Problem TooLong(string limit, TimeSpan duration, TimeSpan max) => new("blast-radius.duration-max", "CRT3007",
        $"The faults and pauses of the method take {Durations.Text(duration)}; {limit} is {Durations.Text(max)}. Shorten the durations or raise duration-max.");

    public static Problem DriverMissing(string driver, IEnumerable<IDriver> drivers) => new("driver", "CRT3008",
        $"The document asks for driver '{driver}', which is not available here ({Names(drivers)}). Another one would be another experiment, so none is taken. "
        + "Take the line out to let Crater choose, or run where that driver is.");

    public static Problem DriverForbidden(string driver) => new("driver", "CRT8202",
        $"The run is to use driver '{driver}', which stack.yaml forbids (experiments.forbid_drivers). Choose another one, or have the rule changed.");

    public static Problem NoProbes(string path, string driver) => new($"{path}.probes", "CRT8208",
        $"The fault has probes for an engine to play, and driver '{driver}' plays none; left out, the run would look like one that was probed. Take them out, or ask for the driver whose words they are in (litmus).");

    public static Problem NoDriver(string path, FaultDefinition definition, IEnumerable<IDriver> drivers) => new(path, "CRT3009",
        $"{definition.Name} is done by {string.Join(" or ", definition.Drivers)}; here there is {Names(drivers)}. 'craterctl catalog' shows what can be done where.");

    public static Problem DriverCannot(string path, string driver, FaultDefinition definition) => new(path, "CRT3010",
        $"Driver '{driver}', which the document asks for, cannot do {definition.Name}; {string.Join(" and ", definition.Drivers)} can.");

    public static Problem Protected(string path, Target target) => new(path, "CRT3011",
        $"{target.Id} {(target.Kind == TargetKind.Namespace ? "is a namespace" : $"is in namespace '{target.Namespace}'")}, where the cluster itself or Crater lives; Crater breaks nothing there. Choose another namespace.");

    public static Problem Held(string path, TargetSelector selector, int wanted, int free, IEnumerable<RunId> runs) => new(path, "CRT3012",
        $"'{selector}' wants {wanted} targets, but only {free} are free; others are held by {string.Join(", ", runs)}. Wait until those runs have ended.");

    public static Problem Overlap(string path, Fault fault, TargetId target) => new(path, "CRT3013",
        $"{fault.Name} would be on {target} twice at the same time. Take background off the first, or choose other targets.");

    public static Problem NothingToBreak() => new("method", "CRT3014", "The method has no fault, so nothing will be injected.") { IsWarning = true };

    private static string Names(IEnumerable<IDriver> drivers) => string.Join(", ", drivers.Select(driver => driver.Name).DefaultIfEmpty("none"));
}
