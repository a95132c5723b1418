using Crater.Drivers;

namespace Crater.Tests.Runs.Simulation;

/// <summary>A holder, or the API server in its place, said no.</summary>
public sealed class RefusedException(string message) : Exception(message);

/// <summary>
/// The truth: what is really on the targets. Three kinds of fault: "held" lives under a lease and dies with its holder; "object" changes a
/// value and writes the undo data and the owner into the same update; "kill" is a moment after which the target heals by itself.
/// </summary>
public sealed class SimulatedTargets(SimulatedWorld world)
{
    private readonly Dictionary<string, TargetTruth> _targets = [];
    private readonly HashSet<string> _tombstones = [];

    private sealed class TargetTruth(int value)
    {
        public Dictionary<string, TimeSpan> Held { get; } = [];     // injection id → when its lease ends

        public int Original { get; } = value;

        public int Value { get; set; } = value;

        public (string Owner, int Undo)? Mark { get; set; }

        public string KilledBy { get; set; } = "";
    }

    public void Add(string target, int value) => _targets[target] = new TargetTruth(value);

    public bool IsOn(Injection injection)
    {
        var truth = Of(injection);
        return truth.Held.ContainsKey(injection.Id) || truth.Mark?.Owner == injection.Id || truth.KilledBy == injection.Id;
    }

    /// <summary>Everything that is not as it was.</summary>
    public IEnumerable<string> Differences() => _targets.SelectMany(pair => pair.Value switch
    {
        { Held.Count: > 0 } truth => [$"{pair.Key} carries {string.Join(", ", truth.Held.Keys)}"],
        { Mark: { } mark } => [$"{pair.Key} carries {mark.Owner}"],
        { KilledBy.Length: > 0 } truth => [$"{pair.Key} is down by {truth.KilledBy}"],
        var truth when truth.Value != truth.Original => [$"{pair.Key} has the value {truth.Value} instead of {truth.Original}"],
        _ => Array.Empty<string>(),
    });

    public Preparation Prepare(Injection injection) => Of(injection) is { Mark: { } mark } && mark.Owner != injection.Id
        ? throw new RefusedException($"{injection.Target.Id} carries the fault of {mark.Owner}")
        : new Preparation { Before = Print(injection) };

    public string Inject(Injection injection, Preparation preparation, TimeSpan lease)
    {
        var truth = Of(injection);
        if (_tombstones.Contains(injection.Id) && !world.Variant.HasNoTombstones)
        {
            throw new RefusedException($"{injection.Id} was recovered before");
        }

        switch (injection.Fault.Name)
        {
            case "held":
                Hold(truth, injection, lease);
                break;
            case "object" when truth.Mark?.Owner == injection.Id:
                break;
            case "object" when truth.Mark is not null || Print(injection) != preparation.Before:
                throw new RefusedException($"{injection.Target.Id} was changed since it was read");
            case "object":
                (truth.Mark, truth.Value) = ((injection.Id, truth.Value), -1);
                break;
            default:
                Kill(truth, injection);
                break;
        }

        world.Invariants.Injected(injection);
        return "simulated";
    }

    public void Renew(Injection injection, TimeSpan lease)
    {
        var truth = Of(injection);
        if (injection.Fault.Name == "held" && (!truth.Held.ContainsKey(injection.Id) || _tombstones.Contains(injection.Id)))
        {
            throw new RefusedException($"{injection.Id} is not held");
        }

        if (injection.Fault.Name == "held")
        {
            Hold(truth, injection, lease);
        }
    }

    public void Recover(Injection injection, int? recomputed)
    {
        var truth = Of(injection);
        _tombstones.Add(injection.Id);
        truth.Held.Remove(injection.Id);
        if (truth.Mark is { } mark && mark.Owner == injection.Id)
        {
            (truth.Mark, truth.Value) = (null, recomputed ?? mark.Undo);
        }

        world.Invariants.Lifted(injection);
    }

    public Inspection Inspect(Injection injection) =>
        new(IsOn(injection) ? Presence.Present : Presence.Absent, Print(injection), "looked");

    private TargetTruth Of(Injection injection) => _targets[injection.Target.Name];

    private Fingerprint Print(Injection injection) => new(injection.Fault.Name switch
    {
        "held" => "held=no",
        "object" => $"value={Of(injection).Value}",
        _ => $"ready={(Of(injection).KilledBy.Length == 0 ? 1 : 0)}",
    });

    private void Hold(TargetTruth truth, Injection injection, TimeSpan lease)
    {
        truth.Held[injection.Id] = world.Time.Now + lease;
        world.Time.After(lease, () =>
        {
            if (truth.Held.TryGetValue(injection.Id, out var end) && end <= world.Time.Now)
            {
                world.Tell($"holder: the lease of {injection.Id} ran out");
                truth.Held.Remove(injection.Id);
                _tombstones.Add(injection.Id);
            }
        });
    }

    private void Kill(TargetTruth truth, Injection injection)
    {
        if (truth.KilledBy.Length == 0)
        {
            truth.KilledBy = injection.Id;
            world.Time.After(TimeSpan.FromSeconds(1 + world.Mischief.Dice("healing").Next(8)), () => truth.KilledBy = "");
        }
    }
}
