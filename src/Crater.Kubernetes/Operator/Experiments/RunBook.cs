using System.Collections.Concurrent;
using System.Security.Cryptography;
using Crater.Drivers;
using Crater.Experiments;
using Crater.Journals;
using Crater.Runs;

namespace Crater.Kubernetes.Operator.Experiments;

/// <summary>The runs of this process, by the uid of their Experiment. Plays them through the same control plane as every other surface.</summary>
internal sealed class RunBook(World world, HouseClaims claims, RunFolders folders, OperatorOptions options, TimeProvider clock)
{
    /// <summary>Draws against other plans of this process that were faster.</summary>
    private const int DrawsMax = 20;

    private readonly ConcurrentDictionary<string, LiveRun> _live = new();

    /// <summary>Nothing is begun any more.</summary>
    public bool IsClosing { get; private set; }

    public int Count => _live.Count;

    public int ActiveFaults => _live.Values.Sum(run => run.Active);

    public LiveRun? Find(string uid) => _live.GetValueOrDefault(uid);

    /// <summary>Draws targets and checks the blast radius. Touches nothing; the targets of a plan that may run are kept from other plans of this process until <see cref="Free"/> or the end of the run.</summary>
    public async Task<Plan> PlanAsync(Experiment experiment, CancellationToken stop)
    {
        for (var draw = 1; ; draw++)
        {
            var plan = await new ControlPlane(world, folders, clock, "").PlanAsync(experiment, RandomNumberGenerator.GetInt32(int.MaxValue), stop);
            if (!plan.MayRun || claims.TryReserve(plan) || draw == DrawsMax)
            {
                return plan;
            }
        }
    }

    /// <summary>Gives the targets of a plan back that is not going to be run.</summary>
    public void Free(Plan plan) => claims.Free(plan);

    /// <summary>Begins the run. The intent stands in the cluster already.</summary>
    /// <param name="changed">Called when something is to be told of it.</param>
    public LiveRun Begin(ExperimentView view, Experiment experiment, Plan plan, DateTimeOffset now, Leadership leadership, Action changed)
    {
        var live = new LiveRun(plan, now, changed);
        _live[view.Uid] = live;
        var fenced = world with
        {
            Drivers = [.. world.Drivers.Select(driver => new FencedDriver(driver, leadership, clock))],
            // Reading what nobody judges by would be a burden on the cluster for nothing.
            Sources = Measures(experiment) ? world.Sources : [],
        };
        var lost = leadership.Lost.Register(() => live.Abort.Request($"operator {options.Identity}", "The operator no longer leads."));
        live.Begin(async run =>
        {
            await using var ending = lost;
            var control = new ControlPlane(fenced, folders, clock, $"operator {options.Identity}");
            var topology = NamesComponents(experiment) ? await control.DiscoverAsync(run.Abort.Token) : null;
            return await control.RunAsync(plan, experiment, new RunWishes { Progress = run, Topology = topology, Against = $"experiment {view.Key}" }, run.Abort);
        });
        return live;
    }

    public void Drop(string uid)
    {
        if (_live.TryRemove(uid, out var live))
        {
            claims.Free(live.Plan);
            live.Dispose();
        }
    }

    /// <summary>Ends the run of an Experiment that is gone, and forgets it when everything is off: there is nothing left to write its end on, so what is left of it goes to the log.</summary>
    public void Abandon(string uid, string key)
    {
        if (Find(uid) is { } live)
        {
            live.Abort.Request("operator", "The Experiment is gone from the cluster.");
            _ = AbandonAsync(uid, key, live);
        }
    }

    /// <summary>Ends all runs and waits until everything is off. Nobody cancels that.</summary>
    public async Task EndAsync(string reason)
    {
        IsClosing = true;
        foreach (var live in _live.Values)
        {
            live.Abort.Request($"operator {options.Identity}", reason);
        }

        await Task.WhenAll(_live.Values.Select(live => (Task)live.Outcome)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    /// <summary>Waits until the end of every run is written down.</summary>
    public async Task WrittenAsync(CancellationToken stop)
    {
        while (!_live.IsEmpty && !stop.IsCancellationRequested)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(50), clock, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>Finishes a run of a process before us whose folder is still here.</summary>
    public async Task<RunOutcome?> RecoverFromFolderAsync(RunId run)
    {
        if (!folders.Folder(run).Exists)
        {
            return null;
        }

        try
        {
            return await new ControlPlane(world, folders, clock, $"operator {options.Identity}").RecoverAsync(run.Value);
        }
        catch (Diagnostics.CraterException e)
        {
            options.Log($"The folder of {run} tells nothing ({e.Code} {e.Message}); what stands in the cluster is enough.");
            return null;
        }
    }

    private async Task AbandonAsync(string uid, string key, LiveRun live)
    {
        await ((Task)live.Outcome).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (live.Outcome.IsCompletedSuccessfully)
        {
            foreach (var residue in (await live.Outcome).Residue)
            {
                options.Log($"RESIDUE: {residue.Injection.Fault.Name} on {residue.Injection.Target.Id}, of {live.Plan.Run}, whose Experiment {key} is gone: {residue.Reason}");
            }
        }
        else
        {
            options.Log($"RESIDUE: whether {live.Plan.Run} left something is not known, and its Experiment {key} is gone: {live.Outcome.Exception?.InnerException?.Message ?? "it was cancelled"} Look with: craterctl status --all");
        }

        Drop(uid);
    }

    private static bool Measures(Experiment experiment) => experiment.Guards.Count > 0 || experiment.Load is not null
        || experiment.Method.Concat(experiment.Hypothesis?.Probes ?? []).Any(activity => activity.Provider is MetricProvider);

    private static bool NamesComponents(Experiment experiment) => experiment.Guards.Any(guard => guard.Component.Length > 0)
        || experiment.Method.Concat(experiment.Hypothesis?.Probes ?? []).Any(activity => activity.Provider is MetricProvider { Component.Length: > 0 });
}
