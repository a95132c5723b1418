using Crater.Diagnostics;
using Crater.Drivers;
using Crater.Experiments;
using Crater.Faults;
using Crater.Targets;

namespace Crater.Runs;

/// <summary>Draws the targets, chooses the drivers and checks the blast radius, before anything is touched. Touches nothing itself.</summary>
/// <param name="forbidden">Names of drivers that no run may use. Default: none.</param>
public sealed class Planner(ITargets targets, IClaims claims, IReadOnlyList<IDriver> drivers, IReadOnlyList<string>? forbidden = null)
{
    /// <summary>Where the cluster itself lives, and Crater's own.</summary>
    public static IReadOnlyList<string> ProtectedNamespaces { get; } = ["kube-system", "kube-public", "kube-node-lease", "crater-system"];

    /// <summary>Whether it is in such a namespace, or is one.</summary>
    public static bool IsProtected(Target target) => ProtectedNamespaces.Contains(target.Kind == TargetKind.Namespace ? target.Name : target.Namespace);

    /// <summary>The plan, with every problem that speaks against it; a plan with errors must not be run.</summary>
    /// <exception cref="CraterException">CRT5xxx: the cluster could not be asked.</exception>
    public async Task<Plan> PlanAsync(Experiment experiment, RunId run, int seed, CancellationToken abort)
    {
        var draft = new PlanDraft(experiment, run, [.. drivers.Where(driver => forbidden?.Contains(driver.Name) != true)], forbidden ?? [], await claims.ListAsync(abort));
        for (var method = 0; method < experiment.Method.Count; method++)
        {
            if (experiment.Method[method].Provider is FaultProvider fault && draft.Accepts(method, fault) && await draft.FindsAllAsync(method, fault, abort))
            {
                // Each step has dice of its own, so that a step more or less leaves the other draws as they were.
                draft.Draw(method, fault, await targets.FindAsync(fault.Target, abort), seed + method);
            }
        }

        return draft.Finish(seed);
    }
}

/// <summary>A plan while it is being made.</summary>
internal sealed class PlanDraft
{
    private readonly Experiment _experiment;
    private readonly RunId _run;
    private readonly IReadOnlyList<IDriver> _drivers;
    private readonly IReadOnlyList<Claim> _others;
    private readonly List<Problem> _problems = [];
    private readonly List<PlannedFault> _faults = [];
    private readonly Dictionary<string, int> _sizes = [];
    private int _sequence;

    public PlanDraft(Experiment experiment, RunId run, IReadOnlyList<IDriver> drivers, IReadOnlyList<string> forbidden, IReadOnlyList<Claim> claims)
    {
        (_experiment, _run, _drivers, _others) = (experiment, run, drivers, [.. claims.Where(claim => claim.Run != run)]);
        if (experiment.Driver.Length > 0 && drivers.All(driver => driver.Name != experiment.Driver))
        {
            _problems.Add(forbidden.Contains(experiment.Driver) ? PlanErrors.DriverForbidden(experiment.Driver) : PlanErrors.DriverMissing(experiment.Driver, drivers));
        }
    }

    /// <summary>Whether the fault can be done here at all; if not, the problem says why.</summary>
    public bool Accepts(int method, FaultProvider provider)
    {
        if ((FaultCatalogue.Find(provider.Fault.Name, provider.Target.Kind) ?? FaultCatalogue.Find(provider.Fault.Name)) is not { } definition)
        {
            _problems.Add(PlanErrors.UnknownFault(Path(method), provider.Fault.Name));
            return false;
        }

        if (!definition.Targets.Contains(provider.Target.Kind))
        {
            _problems.Add(PlanErrors.WrongKind(Path(method), definition, provider.Target.Kind));
            return false;
        }

        if (DriverFor(definition) is null)
        {
            if (_experiment.Driver.Length == 0)
            {
                _problems.Add(PlanErrors.NoDriver(Path(method), definition, _drivers));
            }
            else if (_drivers.Any(driver => driver.Name == _experiment.Driver))
            {
                _problems.Add(PlanErrors.DriverCannot(Path(method), _experiment.Driver, definition));
            }

            return false;     // a driver that is not here was named once for the whole document
        }

        if (provider.Fault.Probes is not null && !DriverFor(definition)!.TakesProbes)
        {
            _problems.Add(PlanErrors.NoProbes(Path(method), DriverFor(definition)!.Name));
            return false;
        }

        var problems = DriverFor(definition)!.Check(provider.Fault);
        _problems.AddRange(problems.Select(problem => problem with { Path = $"{Path(method)}.{problem.Path}" }));
        return problems.Count == 0;
    }

    /// <summary>Whether what its driver needs is there.</summary>
    public async Task<bool> FindsAllAsync(int method, FaultProvider provider, CancellationToken abort)
    {
        var definition = FaultCatalogue.Find(provider.Fault.Name, provider.Target.Kind)!;
        var problems = await DriverFor(definition)!.MissingAsync(provider.Fault, abort);
        _problems.AddRange(problems.Select(problem => problem with { Path = Path(method) }));
        return problems.Count == 0;
    }

    public void Draw(int method, FaultProvider provider, TargetSearch search, int seed)
    {
        foreach (var (component, size) in search.ComponentSizes)
        {
            _sizes[component] = size;
        }

        var free = search.Matches.Where(target => _others.All(claim => claim.Target != target.Id)).ToArray();
        var wanted = TargetDraw.Count(provider.Target, search.Matches.Count);
        var problem = search.Matches.Count == 0 ? PlanErrors.NothingMatched(Path(method), provider.Target, search.SeenInstead)
            : search.Matches.Count < wanted ? PlanErrors.TooFew(Path(method), provider.Target, wanted, search.Matches.Count)
            : free.Length < wanted ? PlanErrors.Held(Path(method), provider.Target, wanted, free.Length, Holders(search.Matches))
            : null;
        if (problem is not null)
        {
            _problems.Add(problem);
            return;
        }

        var chosen = TargetDraw.Choose(free, wanted, seed);
        _problems.AddRange(chosen.Where(Planner.IsProtected)
            .Select(target => PlanErrors.Protected(Path(method), target)));
        _problems.AddRange(chosen.Where(target => IsStillOn(provider.Fault, target.Id)).Select(target => PlanErrors.Overlap(Path(method), provider.Fault, target.Id)));
        _faults.Add(new PlannedFault(method, Name(method), _experiment.Method[method].Background, search.Matches.Count,
            [.. chosen.Select(target => Injection(method, provider, target))]));
    }

    public Plan Finish(int seed)
    {
        var duration = MethodTimeline.Duration(_experiment.Method);
        if (_experiment.Method.Any(activity => activity.Provider is FaultProvider))
        {
            var hit = _faults.SelectMany(fault => fault.Injections).Select(injection => injection.Target).ToArray();
            _problems.AddRange(BlastRadiusCheck.Check(_experiment.BlastRadius, hit, _others, _sizes, duration));
        }
        else
        {
            // What plain activities hit is not known here, so no limit of the blast radius can be counted against it.
            _problems.Add(PlanErrors.NothingToBreak());
        }

        return new Plan { Run = _run, Title = _experiment.Title, Seed = seed, Faults = _faults, Duration = duration, Problems = _problems };
    }

    private Injection Injection(int method, FaultProvider provider, Target target) => new()
    {
        Run = _run,
        Sequence = ++_sequence,
        Activity = Name(method),
        Place = _experiment.Method[method].Place,
        Fault = provider.Fault,
        Target = target,
        Driver = DriverFor(FaultCatalogue.Find(provider.Fault.Name, target.Kind)!)!.Name,
        Duration = provider.Duration,
    };

    // In the order of the catalogue, unless the document insists. Somebody else's engine is never chosen for anyone who did not ask for it.
    private IDriver? DriverFor(FaultDefinition definition) => definition.Drivers
        .Where(name => _experiment.Driver.Length == 0 || name == _experiment.Driver)
        .Select(name => _drivers.FirstOrDefault(driver => driver.Name == name && driver.Supports(definition.Name)))
        .FirstOrDefault(driver => driver is not null && (_experiment.Driver.Length > 0 || !driver.IsOnRequest));

    // A background fault may still be in place when a later step begins.
    private bool IsStillOn(Fault fault, TargetId target) => _faults.Where(planned => planned.Background)
        .SelectMany(planned => planned.Injections).Any(earlier => earlier.Fault.Name == fault.Name && earlier.Target.Id == target);

    private IEnumerable<RunId> Holders(IReadOnlyList<Target> matches) =>
        _others.Where(claim => matches.Any(target => target.Id == claim.Target)).Select(claim => claim.Run).Distinct();

    private string Name(int method) => _experiment.Method[method].Name;

    private static string Path(int method) => $"method[{method}].provider";
}
