using System.CommandLine;
using Crater.Advice;
using Crater.Cli.Composition;
using Crater.Cli.Terminal;
using Crater.Diagnostics;
using Crater.Discovery;
using Crater.Experiments;
using Crater.Models;
using Crater.Models.Pilot;
using Crater.Models.Pilot.Minds;
using Crater.Models.Pilot.Transcripts;
using Crater.Models.Safety;
using Crater.Models.Tools;
using Crater.Targets;

namespace Crater.Cli.Verbs;

/// <summary><c>craterctl pilot</c>: a model, or the rules, as chaos engineer: one guarded experiment after another, each through policy and approval, until the objective is reached.</summary>
internal sealed class PilotVerb
{
    /// <summary>A session is many calls, and experiments take their time.</summary>
    private static readonly Budget Standing = new() { Tokens = 400_000, Calls = 80, Time = TimeSpan.FromHours(1), Faults = TimeSpan.FromMinutes(10) };

    private readonly Option<string?> _objective = new("--objective") { Description = "A number of experiments, a load such as \"handle 10000 users\", or a sentence for a model (default: NB_ITERATION)." };
    private readonly Option<string?> _params = new("--params") { Description = "File of KEY=value lines: AutoChaos' K8S_CTX, NAMESPACE, AVAILABILITY_ROUTE, API_ROUTES, MODEL_NAME, NB_ITERATION, KEYFILE." };
    private readonly Option<Approval> _approve = new("--approve") { Description = "each: a person approves each experiment (default). policy: those up to --risk-unattended run without. never: plan, start nothing.", DefaultValueFactory = _ => Approval.Each };
    private readonly Option<int> _risk = new("--risk") { Description = "The riskiest test that may be done, 1 to 5.", DefaultValueFactory = _ => 4 };
    private readonly Option<int> _unattended = new("--risk-unattended") { Description = "The riskiest test that --approve policy allows without a person, 1 to 5.", DefaultValueFactory = _ => 3 };
    private readonly Option<string?> _coolDown = new("--cool-down") { Description = "Quiet time after a recovery (default: 5s)." };
    private readonly Option<string?> _duration = new("--duration") { Description = "How long each fault stays in place (default: each risk's own)." };
    private readonly Option<string[]> _variables = new("--var") { Description = "Value for ${name} in the load file: name=value.", Arity = ArgumentArity.ZeroOrMore };
    private readonly Option<string?> _reports = new("--reports") { Description = "Folder for copies of the reports (default: reports, or stack.yaml's)." };
    private readonly LoadOptions _load = new();
    private readonly ModelDesk _desk = new() { Standing = Standing };
    private readonly GlobalOptions _globals;

    private PilotVerb(GlobalOptions globals) => _globals = globals;

    public static Command Create(GlobalOptions globals, Surroundings surroundings)
    {
        var verb = new PilotVerb(globals);
        var command = new Command("pilot", "Let a model, or the rules, look for weaknesses: one guarded experiment after another, until the objective is reached.")
        {
            verb._objective, verb._params, verb._approve, verb._risk, verb._unattended, verb._coolDown, verb._duration, verb._variables, verb._reports, ClusterBench.Prometheus,
        };
        verb._load.AddTo(command);
        verb._desk.AddTo(command);
        command.Add(PilotReplayVerb.Create(globals, surroundings));
        command.Does(globals, surroundings, (parsed, output, stop) =>
        {
            var parameters = PilotParameters.Read(parsed.GetValue(verb._params) is { } path ? surroundings.Path(path) : null, surroundings.Environment);
            return verb.RunAsync(parsed, parameters, surroundings with { Environment = parameters.Environment }, output, stop);
        });
        return command;
    }

    private async Task<int> RunAsync(ParseResult parsed, PilotParameters parameters, Surroundings surroundings, Output output, CancellationToken stop)
    {
        var stack = StackFile.Find(parsed.GetValue(_globals.Config), surroundings.WorkingDirectory);
        var space = parsed.GetValue(_globals.Namespace) ?? parameters.Namespace;
        var limits = _desk.Limits(parsed, stack);
        var options = Options(parsed, parameters, space, stack);
        _desk.Preset = parameters.Model;
        using var bench = await ClusterBench.OpenAsync(
            new BenchOptions
            {
                Stack = stack,
                Kubeconfig = parsed.GetValue(_globals.Kubeconfig),
                Context = parsed.GetValue(_globals.KubeContext) ?? parameters.Context,
                Namespace = space,
                Prometheus = parsed.GetResult(ClusterBench.Prometheus) is null ? null : parsed.GetValue(ClusterBench.Prometheus),
            },
            surroundings, output, stop);
        using var model = _desk.Open(parsed, stack, "Names, kinds and counts of what runs, and what each experiment brought, are sent there.", surroundings, output);
        if (model is null && options.Objective.IsSentence)
        {
            output.Note("warning The objective is a sentence, and no model reads it: the rules try what they would try anyway, until nothing is left or the budget is used up.");
        }

        var control = RunDesk.Open(bench, surroundings);
        if (!await RunDesk.FinishOpenRunsAsync(control, output))
        {
            throw new CraterException("CRT7327", "An earlier run is not known to be gone, so no session is begun on top of it. Finish it with 'craterctl recover --all'.");
        }

        var topology = await control.DiscoverAsync(stop);
        var folder = SessionFolder.Create(SessionFolder.DefaultRoot(surroundings.WorkingDirectory), new Random(Chance.Seed()));
        folder.Write(SessionFolder.TopologyFile, TopologyJson.Write(topology));
        var transcript = new Transcript(surroundings.Clock, folder.Append);
        var load = _load.Read(parsed, new Dictionary<string, System.Text.Json.Nodes.JsonNode?>(), parsed.GetValue(_variables), surroundings);
        using var executor = new PilotExecutor(
            bench, control, load ?? LoadOf(options), options.AvailabilityRoute, surroundings.Path(parsed.GetValue(_reports) ?? stack?.ReportsFolder ?? "reports"), output, surroundings);
        PilotText.Opening(options, topology, folder, surroundings, output);
        var prompts = ModelDesk.Prompts(stack, surroundings);
        var outcome = await PilotRun.RunAsync(
            new PilotSetup
            {
                Options = options,
                Topology = topology,
                Advice = new AdviceOptions
                {
                    Count = Advisor.CountMax,
                    Namespace = space ?? "",
                    Drivers = bench.OwnDrivers,
                    EntryUrl = options.AvailabilityRoute?.AbsoluteUri ?? "",
                    History = PastRuns.Of(surroundings),
                    Duration = Duration(parsed.GetValue(_duration), "--duration"),
                },
                Prompts = prompts,
                Spending = model?.Spending ?? new Spending(limits, null, surroundings.Clock),
                Executor = executor,
                Approver = new TerminalApprover(surroundings, output),
                Mind = model is null ? null : new ModelMind(model, prompts),
                Transcript = transcript,
                Clock = surroundings.Clock,
                OnState = state => output.Line($"   {state}"),
                OnResult = (call, result) => Say(call, result, output),
                OnNote = output.Note,
            },
            stop);
        folder.Write(SessionFolder.SeedFile, SeedJson.Of(transcript.Records));
        PilotText.Closing(outcome, folder, model, surroundings, output);
        return PilotText.ExitCode(outcome);
    }

    private PilotOptions Options(ParseResult parsed, PilotParameters parameters, string? space, StackFile? stack)
    {
        var objective = Objective.Read(parsed.GetValue(_objective) ?? parameters.Iterations ?? "");
        var routes = parameters.Routes;
        return objective.Users > 0 && routes.Count == 0
            ? throw new CraterException("CRT7326", $"The objective is a load of {objective.Users} users, and no route is known. Name them in API_ROUTES, in the environment or with --params FILE.")
            : new PilotOptions
            {
                Objective = objective,
                Approval = parsed.GetValue(_approve),
                RiskMax = Risk(parsed.GetValue(_risk), "--risk"),
                RiskUnattendedMax = Risk(parsed.GetValue(_unattended), "--risk-unattended"),
                CoolDown = Duration(parsed.GetValue(_coolDown), "--cool-down") ?? TimeSpan.FromSeconds(5),
                Namespaces = space is null ? stack?.Namespaces ?? [] : [space],
                Routes = routes,
                AvailabilityRoute = parameters.Availability,
                Anonymise = stack?.Models is { Anonymise: true },
            };
    }

    /// <summary>Without traffic there is nothing to see: a little of it to the routes that were named.</summary>
    private static LoadRequest? LoadOf(PilotOptions options)
    {
        var routes = options.Routes.Count > 0 ? options.Routes : options.AvailabilityRoute is { } route ? [route] : [];
        return routes.Count == 0 ? null : new LoadRequest(Rate: 5, [.. routes.Select(one => new LoadScenario(one.PathAndQuery, 1, "GET", one.AbsoluteUri))]);
    }

    private static void Say(ToolCall call, ToolResult result, Output output)
    {
        var line = PlainText.Line(result.Text, 160);
        output.Line($"· {call.Name} {PlainText.Line(call.Arguments, 80)}");
        output.Line($"   {(result.Outcome == ToolOutcome.Ok ? "" : $"{result.Outcome.ToString().ToUpperInvariant()}: ")}{line}");
    }

    private static int Risk(int risk, string option) => risk is >= 1 and <= 5 ? risk : throw new CraterException("CRT7328", $"{option} {risk} is no risk; write 1 (harmless) to 5 (only with everyone watching).");

    private static TimeSpan? Duration(string? text, string option) => text is null ? null
        : Durations.TryParse(text, out var duration) && duration >= TimeSpan.Zero ? duration
        : throw new CraterException("CRT7328", $"'{option} {text}' is no duration; write for example 500ms, 5s or 1m.");
}
