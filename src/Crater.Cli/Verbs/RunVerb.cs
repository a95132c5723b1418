using System.CommandLine;
using Crater.Cli.Composition;
using Crater.Cli.Terminal;
using Crater.Diagnostics;
using Crater.Experiments;
using Crater.Runs;

namespace Crater.Cli.Verbs;

/// <summary><c>craterctl run EXPERIMENT</c>: plan, look, break, watch, put back, prove, write up.</summary>
internal sealed class RunVerb
{
    private readonly Argument<string> _document = new("experiment") { Description = "Experiment document: YAML or JSON, Chaos Toolkit's format or the Chaos Advisor's." };
    private readonly Option<string[]> _variables = DocumentOptions.Variables();
    private readonly Option<bool> _dryRun = new("--dry-run") { Description = "Print the plan: targets, drivers, limits. Touches nothing." };
    private readonly Option<bool?> _monitor = new("--monitor") { Description = "Show a live view (default on a terminal; --monitor false turns it off).", Arity = ArgumentArity.ZeroOrOne };
    private readonly Option<int?> _seed = new("--seed") { Description = "Seed by which targets are drawn (default: a new one, recorded in the journal)." };
    private readonly Option<string?> _reports = new("--reports") { Description = "Folder for copies of the report (default: reports, or stack.yaml's)." };
    private readonly LoadOptions _load = new();
    private readonly GlobalOptions _globals;
    private readonly Surroundings _surroundings;

    private RunVerb(GlobalOptions globals, Surroundings surroundings) => (_globals, _surroundings) = (globals, surroundings);

    public static Command Create(GlobalOptions globals, Surroundings surroundings)
    {
        var verb = new RunVerb(globals, surroundings);
        var command = new Command("run", "Run an experiment under guard; everything is put back, whatever happens.")
        {
            verb._document, verb._variables, verb._dryRun, verb._monitor, verb._seed, verb._reports, ClusterBench.Prometheus,
        };
        verb._load.AddTo(command);
        command.Does(globals, surroundings, verb.RunAsync);
        return command;
    }

    private async Task<int> RunAsync(ParseResult parsed, Output output, CancellationToken stop)
    {
        var reading = DocumentOptions.Read(parsed.GetRequiredValue(_document), parsed.GetValue(_variables), parsed.GetValue(_globals.Namespace), _surroundings);
        // With a load file, a variable that the experiment does not declare may well be the load's.
        output.Problems(reading.Problems.Where(problem => problem.IsWarning && !(problem.Code == "CRT2023" && parsed.GetValue(_load.Load) is not null)));
        var experiment = reading.OrThrow(parsed.GetRequiredValue(_document));
        using var bench = await ClusterBench.OpenAsync(parsed, _globals, _surroundings, output, stop);
        var control = RunDesk.Open(bench, _surroundings);
        var seed = parsed.GetValue(_seed) ?? System.Security.Cryptography.RandomNumberGenerator.GetInt32(int.MaxValue);
        if (!parsed.GetValue(_dryRun))
        {
            // Before planning: what a dead run still claims would keep this one from its targets.
            await RunDesk.FinishOpenRunsAsync(control, output);
        }

        var plan = await control.PlanAsync(experiment, seed, stop);
        output.Problems(plan.Problems.Where(problem => problem.IsWarning));
        if (parsed.GetValue(_dryRun))
        {
            return DryRun(plan, output);
        }

        return await RunForRealAsync(parsed, output, bench, control, plan, experiment, stop);
    }

    private static int DryRun(Plan plan, Output output)
    {
        output.Line(PlanText.Text(plan).TrimEnd());
        output.Document(PlanText.Json(plan));
        return plan.MayRun ? ExitCodes.Upheld : ExitCodes.Usage;
    }

    private async Task<int> RunForRealAsync(
        ParseResult parsed, Output output, ClusterBench bench, ControlPlane control, Plan plan, Experiment experiment, CancellationToken stop)
    {
        var wishes = new RunWishes
        {
            Load = _load.Read(parsed, experiment.Configuration, parsed.GetValue(_variables), _surroundings),
            Topology = await control.DiscoverAsync(stop),
            Version = RunDesk.Version,
            Against = bench.Name,
        };
        var reports = _surroundings.Path(parsed.GetValue(_reports) ?? bench.Stack?.ReportsFolder ?? "reports");
        var live = output.IsLive && parsed.GetValue(_monitor) != false;
        var played = await new RunShow(control, output, _surroundings).PlayAsync(plan, experiment, wishes, reports, live, stop);
        return RunDesk.ExitCode(played);
    }
}
