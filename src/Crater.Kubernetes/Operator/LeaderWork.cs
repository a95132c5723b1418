using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Crater.Journals;
using Crater.Kubernetes.Client;
using Crater.Kubernetes.Discovery;
using Crater.Kubernetes.Drivers;
using Crater.Kubernetes.Operator.Admission;
using Crater.Kubernetes.Operator.ChaosMeta;
using Crater.Kubernetes.Operator.Experiments;
using Crater.Kubernetes.Operator.Schedules;
using Crater.Kubernetes.Operator.Workflows;

namespace Crater.Kubernetes.Operator;

/// <summary>Everything that one time of leading does.</summary>
internal sealed class LeaderWork
{
    /// <summary>How long the ends of runs may take to be written when the process is to end; less than the 30 s after which a pod is killed.</summary>
    private static readonly TimeSpan LastWords = TimeSpan.FromSeconds(20);

    /// <summary>For how long plans that are made at once share one look at what is there.</summary>
    private static readonly TimeSpan PlansShare = TimeSpan.FromSeconds(3);

    private readonly RunBook _runs;
    private readonly TimeProvider _clock;
    private readonly List<Controller> _controllers = [];
    private readonly Controller _experiments;

    public LeaderWork(KubernetesWorld world, RunFolders folders, OperatorOptions options, OperatorFigures figures, Leadership leadership, TimeProvider clock)
    {
        _clock = clock;
        var client = world.Connection.Client;
        var claims = new HouseClaims(world.World.Claims);
        _runs = new RunBook(world.World with { Claims = claims, Targets = new KubernetesTargets(client, options.Home, PlansShare, world.Watched is { } watched ? new WatchedSpaces(watched, options.Namespaces) : null) }, claims, folders, options, clock);
        Controller? experiments = null, workflows = null, schedules = null, chaosMeta = null;
        var events = new EventDesk(client, options);
        var ends = new ExperimentEnds(client, _runs, new Takeover(world.Keeper, world.Agents, figures, clock), events, options, figures);
        var family = new Family(client, () => experiments!.Objects.Concat(workflows!.Objects));
        // What a child comes to is its owner's matter.
        void Tell(JsonObject child)
        {
            var owner = child.Controller();
            var key = new ObjectKey(child.Namespace(), owner.Text("name"));
            (owner.Text("kind") switch { "Workflow" => workflows, "Schedule" => schedules, "Experiment" => chaosMeta, _ => null })?.Queue.Add(key);
        }

        experiments = new Controller(client, options, new ExperimentReconciler(client, _runs, ends, new ChangeFreeze(client, options.Home), options, leadership, () => experiments!.Queue), figures, clock);
        experiments.Changed = Tell;
        workflows = new Controller(client, options, new WorkflowReconciler(client, family, events, leadership, options.Home), figures, clock) { Changed = Tell };
        schedules = new Controller(client, options, new ScheduleReconciler(client, family, events, leadership, options.Home), figures, clock);
        _experiments = experiments;
        _controllers.AddRange([experiments, workflows, schedules]);
        if (options.ChaosMeta)
        {
            _controllers.Add(chaosMeta = new Controller(client, options, new ChaosMetaReconciler(client, family, leadership), figures, clock));
        }
    }

    /// <summary>Why objects cannot be seen; empty when they can.</summary>
    public string NotReady => _controllers.Select(controller => controller.Failure).FirstOrDefault(failure => failure is not null) switch
    {
        null => _controllers.TrueForAll(controller => controller.Synced.IsCompleted) ? "" : "Objects are still being listed.",
        { IsNotServed: true } missing => $"CRT8401: {missing.Message} Apply deploy/crds of this version.",
        var failure => failure.Message,
    };

    /// <summary>Works until it is over; then ends every run, and returns when everything is off.</summary>
    /// <param name="over">The leadership is over, or the process is to end.</param>
    public async Task RunAsync(CancellationToken over, CancellationToken stop)
    {
        using var writing = new CancellationTokenSource();
        var working = Task.WhenAll(_controllers.Select(controller => controller.RunAsync(writing.Token)));
        await Task.Delay(Timeout.InfiniteTimeSpan, _clock, over).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        var reason = stop.IsCancellationRequested ? "The operator is stopped." : "The operator no longer leads.";
        if (stop.IsCancellationRequested)
        {
            // Still the leader: runs come to their ends and are written down. What is not by then, the next leader finishes.
            writing.CancelAfter(LastWords);
        }
        else
        {
            await writing.CancelAsync();
        }

        await _runs.EndAsync(reason);
        await _runs.WrittenAsync(writing.Token);
        await writing.CancelAsync();
        await working;
    }

    public void Write(StringBuilder text)
    {
        OperatorFigures.Head(text, "crater_experiments", "gauge", "Experiments by phase, as last seen.");
        foreach (var (phase, count) in _experiments.Objects.CountBy(found => new ExperimentView(found).Phase).OrderBy(entry => entry.Key))
        {
            text.Append(CultureInfo.InvariantCulture, $"crater_experiments{{phase=\"{phase}\"}} {count}\n");
        }

        Gauge(text, "crater_active_faults", "Faults of this process that are in place.", _runs.ActiveFaults);
        Gauge(text, "crater_runs", "Runs of this process.", _runs.Count);
        Gauge(text, "crater_residue", "Faults that could not be proven gone, of all quarantined Experiments.",
            _experiments.Objects.Where(found => new ExperimentView(found).Phase == ExperimentPhase.Quarantined).Sum(found => Math.Max(1, found.Integer("status", "activeFaults") ?? 0)));
        OperatorFigures.Head(text, "crater_queue_depth", "gauge", "Objects that wait to be looked at.");
        foreach (var controller in _controllers)
        {
            text.Append(CultureInfo.InvariantCulture, $"crater_queue_depth{{kind=\"{controller.Resource.Kind}\"}} {controller.Queue.Depth}\n");
        }
    }

    private static void Gauge(StringBuilder text, string name, string help, long value)
    {
        OperatorFigures.Head(text, name, "gauge", help);
        text.Append(CultureInfo.InvariantCulture, $"{name} {value}\n");
    }
}
