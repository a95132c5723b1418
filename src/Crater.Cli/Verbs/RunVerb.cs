using System.CommandLine;
using System.Text.Json.Nodes;
using Crater.Cli.Composition;
using Crater.Cli.Terminal;
using Crater.Diagnostics;
using Crater.Documents;
using Crater.Experiments;
using Crater.Runs;

namespace Crater.Cli.Verbs;

/// <summary><c>craterctl run EXPERIMENT</c>: plan, look, break, watch, put back, prove, write up. Plain documents need no cluster.</summary>
internal sealed class RunVerb
{
    private readonly Argument<string?> _source = new("experiment")
    {
        Description = "Experiment document, a file or a URL: YAML or JSON, Chaos Toolkit's format or the Chaos Advisor's; or an experiment.conf. With --resume, by default the one in the run folder.",
        Arity = ArgumentArity.ZeroOrOne,
    };

    private readonly DocumentOptions _document = new();
    private readonly MannerOptions _manner = new();
    private readonly ResumeOptions _resume = new();
    private readonly ConfRun _conf = new();
    private readonly Option<bool> _dryRun = new("--dry-run") { Description = "Print the plan: targets, drivers, limits. Touches nothing." };
    private readonly Option<bool?> _monitor = new("--monitor") { Description = "Show a live view (default on a terminal; --monitor false turns it off).", Arity = ArgumentArity.ZeroOrOne };
    private readonly Option<int?> _seed = new("--seed") { Description = "Seed by which targets are drawn (default: a new one, recorded in the journal)." };
    private readonly Option<string?> _reports = new("--reports") { Description = "Folder for copies of the report (default: reports, or stack.yaml's)." };
    private readonly LoadOptions _load = new();
    private readonly DriverChoice _driver = new();
    private readonly GlobalOptions _globals;
    private readonly Surroundings _surroundings;

    private RunVerb(GlobalOptions globals, Surroundings surroundings) => (_globals, _surroundings) = (globals, surroundings);

    public static Command Create(GlobalOptions globals, Surroundings surroundings)
    {
        var verb = new RunVerb(globals, surroundings);
        var command = new Command("run", "Run an experiment under guard; everything is put back, whatever happens.") { verb._source };
        verb._document.AddTo(command);
        verb._manner.AddTo(command);
        verb._resume.AddTo(command);
        verb._conf.AddTo(command);
        foreach (var option in (Option[])[verb._dryRun, verb._monitor, verb._seed, verb._reports, ClusterBench.Prometheus])
        {
            command.Add(option);
        }

        verb._load.AddTo(command);
        verb._driver.AddTo(command);
        command.Does(globals, surroundings, verb.RunAsync);
        return command;
    }

    private async Task<int> RunAsync(ParseResult parsed, Output output, CancellationToken stop)
    {
        var resume = _resume.Read(parsed);
        if (resume is null && _conf.Find(parsed, parsed.GetValue(_source), _surroundings) is { } conf)
        {
            return await _conf.RunAsync(parsed, conf, _surroundings, output);
        }

        var source = parsed.GetValue(_source) ?? (resume is not null
            ? RunResume.DocumentOf(RunDesk.Folders(_surroundings).Resolve(resume.Run))
            : throw new CraterException("CRT1201", "The experiment is missing: craterctl run EXPERIMENT, or --resume RUN."));
        var wishes = _document.Wishes(parsed, source, parsed.GetValue(_globals.Namespace)) with { Log = line => output.Note($"python: {line.Text}") };
        await using var opener = DocumentOpener.For(wishes, _surroundings);
        var experiment = await ReadAsync(opener, parsed, source, output, stop);
        using var bench = DocumentNeeds.Cluster(experiment, experiment.Load is not null || parsed.GetValue(_load.Load) is not null)
            ? await ClusterBench.OpenAsync(parsed, _globals, _surroundings, output, stop)
            : null;
        experiment = _driver.Apply(parsed, experiment, bench?.Stack);
        var control = RunDesk.Open(bench, _surroundings);
        if (resume is not null)
        {
            return await ResumeAsync(resume, parsed, output, bench, control, experiment, opener, stop);
        }

        if (bench is not null && !parsed.GetValue(_dryRun))
        {
            // Before planning: what a dead run still claims would keep this one from its targets.
            await RunDesk.FinishOpenRunsAsync(control, output);
        }

        var seed = parsed.GetValue(_seed) ?? Chance.Seed();
        var plan = await control.PlanAsync(experiment, seed, stop);
        // A plain document is meant to inject nothing.
        output.Problems(plan.Problems.Where(problem => problem.IsWarning && !(problem.Code == "CRT3014" && bench is null)));
        return parsed.GetValue(_dryRun) ? await DryRunAsync(plan, bench, output, stop) : await RunForRealAsync(parsed, output, bench, control, plan, experiment, opener, stop);
    }

    private async Task<Experiment> ReadAsync(DocumentOpener opener, ParseResult parsed, string source, Output output, CancellationToken stop)
    {
        Refuse(opener);
        var document = await opener.LoadAsync(stop);
        // A plan is made without asking anyone: what the document would ask for just before the run is left open.
        var reading = parsed.GetValue(_dryRun) ? opener.Check(document) : await opener.ResolveAsync(document, stop);
        // With a load file, a variable that the experiment does not declare may well be the load's.
        output.Problems(reading.Problems.Where(problem => problem.IsWarning && !(problem.Code == "CRT2023" && parsed.GetValue(_load.Load) is not null)));
        return reading.OrThrow(source);
    }

    // A value that was to be put in and is not would make another experiment of the document.
    private static void Refuse(DocumentOpener opener)
    {
        if (opener.FileProblems.Where(problem => !problem.IsWarning).ToArray() is { Length: > 0 } problems)
        {
            throw CraterException.For("What the document is to be run with", problems);
        }
    }

    private static async Task<int> DryRunAsync(Plan plan, ClusterBench? bench, Output output, CancellationToken stop)
    {
        output.Line(PlanText.Text(plan).TrimEnd());
        var handed = plan.MayRun && bench is not null ? await EngineTrial.TryAsync(plan, bench.Drivers, stop) : [];
        foreach (var made in handed)
        {
            output.Line($"---\n{DocumentWriter.Yaml(made, "Checked by the cluster and not stored.").TrimEnd()}");
        }

        var answer = PlanText.Json(plan);
        answer["engines"] = new JsonArray([.. handed]);
        output.Document(answer);
        return plan.MayRun ? ExitCodes.Upheld : ExitCodes.For(Refusal(plan));
    }

    private static CraterException Refusal(Plan plan) => CraterException.For($"The plan of '{plan.Title}'", [.. plan.Problems.Where(problem => !problem.IsWarning)]);

    private async Task<int> RunForRealAsync(
        ParseResult parsed, Output output, ClusterBench? bench, ControlPlane control, Plan plan, Experiment experiment, DocumentOpener opener, CancellationToken stop)
    {
        if (!plan.MayRun)
        {
            throw Refusal(plan);     // before anything is said of a run that there will not be
        }

        if (bench is not null)
        {
            await bench.LookForKeeperAsync(plan, output, stop);
        }

        var manner = _manner.Read(parsed, experiment, _surroundings);
        var controls = opener.ControlsOf(experiment, manner);
        using var ending = controls as IDisposable;
        var wishes = Wishes(bench, opener) with
        {
            Load = _load.Read(parsed, experiment.Configuration, _document.Given(parsed), _surroundings),
            Manner = manner,
            Controls = controls,
            Topology = bench is null ? null : await control.DiscoverAsync(stop),
        };
        return RunDesk.ExitCode(await new RunShow(control, output, _surroundings).PlayAsync(plan, experiment, wishes, Reports(parsed, bench), IsLive(parsed, output), stop));
    }

    // Targets and strategies are those that the run was planned with.
    private async Task<int> ResumeAsync(
        ResumeWish resume, ParseResult parsed, Output output, ClusterBench? bench, ControlPlane control, Experiment experiment, DocumentOpener opener, CancellationToken stop)
    {
        var controls = opener.ControlsOf(experiment, RunManner.Of(experiment));
        using var ending = controls as IDisposable;
        return RunDesk.ExitCode(await new RunShow(control, output, _surroundings)
            .ResumeAsync(resume, experiment, Wishes(bench, opener) with { Controls = controls }, Reports(parsed, bench), IsLive(parsed, output), stop));
    }

    private static RunWishes Wishes(ClusterBench? bench, DocumentOpener opener) =>
        new() { Python = opener.Python, Version = RunDesk.Version, Against = bench?.Name ?? "" };

    private string Reports(ParseResult parsed, ClusterBench? bench) => _surroundings.Path(parsed.GetValue(_reports) ?? bench?.Stack?.ReportsFolder ?? "reports");

    private bool IsLive(ParseResult parsed, Output output) => output.IsLive && parsed.GetValue(_monitor) != false;
}
