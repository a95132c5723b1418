using System.CommandLine;
using System.Text.Json.Nodes;
using Crater.Advice;
using Crater.Cli.Composition;
using Crater.Cli.Terminal;
using Crater.Discovery;
using Crater.Experiments;
using Crater.Runs;

namespace Crater.Cli.Verbs;

/// <summary><c>craterctl demo</c>: the whole flow on a real application, with no cluster, no key and no root. Leaves nothing running.</summary>
internal sealed class DemoVerb
{
    /// <summary>Short enough that two runs fit into a coffee's time, long enough that a user would notice.</summary>
    private static readonly TimeSpan FaultDuration = TimeSpan.FromSeconds(12);

    /// <summary>Seconds without an error that count as calm, and how long to wait for them: a weak application may never be calm.</summary>
    private const int CalmSeconds = 4;

    private static readonly TimeSpan SettleMax = TimeSpan.FromSeconds(25);

    private static readonly TimeSpan ReadingPause = TimeSpan.FromSeconds(2);

    private readonly Surroundings _surroundings;
    private readonly Output _output;
    private readonly bool _fast;
    private readonly SampleApp _app = SampleApp.Find("shop");
    private int _step;

    private DemoVerb(Surroundings surroundings, Output output, bool fast) => (_surroundings, _output, _fast) = (surroundings, output, fast);

    public static Command Create(GlobalOptions globals, Surroundings surroundings)
    {
        var fast = new Option<bool>("--fast") { Description = "No pauses for reading." };
        var folder = new Option<string>("--output", "-o") { Description = "Where experiments, runs and reports go.", DefaultValueFactory = _ => "crater-demo" };
        var command = new Command("demo", "The whole flow on a sample application, on this machine: discover, suggest, break, watch, recover, report (Linux).") { fast, folder };
        command.Does(globals, surroundings, async (parsed, output, stop) =>
        {
            var place = surroundings.Path(parsed.GetRequiredValue(folder));
            Directory.CreateDirectory(place);
            return await new DemoVerb(surroundings with { WorkingDirectory = place }, output, parsed.GetValue(fast)).PlayAsync(surroundings.WorkingDirectory, stop);
        });
        return command;
    }

    private async Task<int> PlayAsync(string home, CancellationToken stop)
    {
        _output.Line("Crater demo: the whole flow on the Sock Shop, in a lab on this machine.");
        _output.Line("Real processes, real HTTP between them, real faults, and every number is measured.");
        await StepAsync("A cluster: the fragile shop in the lab", stop);
        await using var lab = await DemoLab.UpAsync(_app, _surroundings, stop);
        using var bench = await ClusterBench.OpenAsync(new BenchOptions { Kubeconfig = lab.Kubeconfig }, _surroundings, _output, stop);
        await lab.WaitUntilReadyAsync(bench, _output, stop);
        var load = await LoadAsync(bench, stop);
        var control = RunDesk.Open(bench, _surroundings);
        await lab.WaitUntilServingAsync(bench, _app, stop);
        await SettleAsync(load, stop);
        _output.Line($"   The shop is up and {load.Rate:0} shoppers a second browse, fill carts and check out.");

        await StepAsync("What runs, and what depends on what", stop);
        var topology = await control.DiscoverAsync(stop);
        TableText.Write(Overview(topology), _surroundings, _output);

        await StepAsync("What is worth breaking (rules, no model, no key)", stop);
        var advisory = ControlPlane.Advise(topology, new AdviceOptions { Count = 3, Namespace = _app.Namespace, Duration = FaultDuration });
        var paths = ProposalWriter.Write(advisory.Proposals, _surroundings.Path("experiments"), ProposalFormat.Experiment);
        _output.Line(AdvisoryText.List(advisory, [.. paths.Select(path => Path.GetRelativePath(_surroundings.WorkingDirectory, path))], explain: false).TrimEnd());

        var outcomes = new List<RunOutcome>();
        foreach (var path in paths.Take(2))
        {
            await SettleAsync(load, stop);
            outcomes.Add(await RunAsync(control, bench, path, load, isFirst: outcomes.Count == 0, stop));
            stop.ThrowIfCancellationRequested();
        }

        await FinishAsync(outcomes, home, stop);
        return outcomes.Any(outcome => !outcome.IsClean) ? ExitCodes.Residue : ExitCodes.Upheld;
    }

    private async Task<RunOutcome> RunAsync(ControlPlane control, ClusterBench bench, string path, LoadRequest load, bool isFirst, CancellationToken stop)
    {
        var experiment = ControlPlane.Read(path, ReadOptions.FromProcess()).OrThrow(path);
        var plan = await control.PlanAsync(experiment, Chance.Seed(), stop);
        if (isFirst)
        {
            await StepAsync("A dry run first: the plan", stop);
            _output.Line(PlanText.Text(plan).TrimEnd());
        }

        await StepAsync($"Break it under guard: {experiment.Title}", stop);
        var wishes = new RunWishes { Load = load, Topology = await control.DiscoverAsync(stop), Version = RunDesk.Version, Against = bench.Name };
        return await new RunShow(control, _output, _surroundings, isPart: true).PlayAsync(plan, experiment, wishes, _surroundings.Path("reports"), _output.IsLive, stop);
    }

    private async Task<LoadRequest> LoadAsync(ClusterBench bench, CancellationToken stop)
    {
        var variables = new Dictionary<string, JsonNode?> { ["shop_url"] = await DemoLab.EntryUrlAsync(bench, _app, stop) };
        return LoadDocument.ReadFile(_app.Load, new ReadOptions { Variables = variables });
    }

    // The first requests of every process are slow, traffic must have been seen before dependencies can be told from it, and what one run
    // upset must not be taken for the next one's effect.
    private async Task SettleAsync(LoadRequest load, CancellationToken stop)
    {
        using var generator = new Load.LoadGenerator(RunStage.PlanOf(load, seed: 1), _surroundings.Clock);
        using var over = CancellationTokenSource.CreateLinkedTokenSource(stop);
        var loading = generator.RunAsync(over.Token);
        var began = _surroundings.Clock.GetTimestamp();
        for (var calm = 0; calm < CalmSeconds && _surroundings.Clock.GetElapsedTime(began) < SettleMax && !stop.IsCancellationRequested;)
        {
            await Task.Delay(TimeSpan.FromSeconds(1), _surroundings.Clock, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            calm = generator.Series.Window(TimeSpan.FromSeconds(1)).ErrorRate is 0 ? calm + 1 : 0;
        }

        await over.CancelAsync();
        await loading;
        stop.ThrowIfCancellationRequested();
    }

    private static InventoryTable Overview(Topology topology) => new(
        ["component", "tier", "criticality", "replicas", "depends on"],
        [.. topology.Components.OrderByDescending(component => component.Criticality).ThenBy(component => component.Id, StringComparer.Ordinal).Select(component => (IReadOnlyList<string>)
        [
            component.Name, component.Tier.ToString().ToLowerInvariant(), component.Criticality.ToString("0.00"), $"{component.Ready}/{component.Replicas}",
            string.Join(", ", topology.Dependencies.Where(edge => edge.From == component.Id && edge.To != component.Id).Select(edge => edge.To[(edge.To.LastIndexOf('/') + 1)..]).Order(StringComparer.Ordinal)),
        ])]);

    private async Task FinishAsync(List<RunOutcome> outcomes, string home, CancellationToken stop)
    {
        await StepAsync("What was done", stop);
        foreach (var outcome in outcomes)
        {
            var (model, written) = ReportDesk.Write(RunDesk.Folders(_surroundings).Folder(outcome.Run), copies: null);
            _output.Line($"   {outcome.Run}  {outcome.Verdict.ToString().ToLowerInvariant(),-12} {(outcome.IsClean ? "proven clean" : "RESIDUE")}  {model.Finding}");
        }

        var place = Path.GetRelativePath(home, _surroundings.WorkingDirectory);
        _output.Line($"   Reports: {Path.Combine(place, "reports", "latest.html")} (and .md); journals: {Path.Combine(place, ".crater", "runs")}");
        _output.Line("   The lab is taken down; nothing is left running.");
        _output.Line();
        _output.Line("Try next:");
        _output.Line("   craterctl lab up --app shop --detach          the same shop, to play with (kubectl works on it)");
        _output.Line("   craterctl suggest --explain                   with the commands that would do and undo it by hand");
        _output.Line("   craterctl catalog network-delay               what a fault does, its limits, how it ends");
        _output.Line("   craterctl init                                begin with your own cluster");
        _output.Document(new JsonObject { ["runs"] = new JsonArray([.. outcomes.Select(outcome => (JsonNode)RunShow.Json(outcome, model: null, files: null))]) });
    }

    private async Task StepAsync(string title, CancellationToken stop)
    {
        if (_step > 0 && !_fast)
        {
            await Task.Delay(ReadingPause, _surroundings.Clock, stop);
        }

        _output.Line();
        _output.Line($"── STEP {++_step} ── {title}");
        _output.Line();
    }
}
