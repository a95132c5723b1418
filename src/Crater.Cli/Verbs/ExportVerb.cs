using System.CommandLine;
using System.Text.Json.Nodes;
using Crater.Cli.Composition;
using Crater.Cli.Terminal;
using Crater.Diagnostics;
using Crater.Documents;
using Crater.Drivers;
using Crater.Experiments;
using Crater.Kubernetes.Drivers.Litmus;

namespace Crater.Cli.Verbs;

/// <summary><c>craterctl export ENGINE EXPERIMENT</c>: an experiment's faults as objects of another engine, for whoever wants to run them without Crater. Touches nothing.</summary>
internal static class ExportVerb
{
    public static Command Create(GlobalOptions globals, Surroundings surroundings)
    {
        var engine = new Argument<string>("engine") { Description = "litmus or chaos-mesh." };
        engine.AcceptOnlyFromAmong("litmus", "chaos-mesh");
        var document = new Argument<string>("experiment") { Description = "Experiment document, a file or a URL." };
        var seed = new Option<int?>("--seed") { Description = "Seed by which targets are drawn (default: a new one)." };
        var options = new DocumentOptions();
        var command = new Command("export", "Write an experiment's faults as objects of Litmus or Chaos Mesh, without running them.") { engine, document, seed };
        options.AddTo(command);
        command.Does(globals, surroundings, async (parsed, output, stop) =>
        {
            var source = parsed.GetRequiredValue(document);
            await using var opener = DocumentOpener.For(options.Wishes(parsed, source, parsed.GetValue(globals.Namespace)), surroundings);
            var experiment = opener.Check(await opener.LoadAsync(stop)).OrThrow(source) with { Driver = parsed.GetRequiredValue(engine) };
            using var bench = await ClusterBench.OpenAsync(parsed, globals, surroundings, output, stop);
            var plan = await RunDesk.Open(bench, surroundings).PlanAsync(experiment, parsed.GetValue(seed) ?? Chance.Seed(), stop);
            if (!plan.MayRun)
            {
                throw CraterException.For($"{source} as objects of {experiment.Driver}", [.. plan.Problems.Where(problem => !problem.IsWarning)]);
            }

            var driver = (IEngineDriver)bench.Drivers.Single(one => one.Name == experiment.Driver);
            var made = new JsonArray();
            foreach (var injection in plan.Injections)
            {
                var one = await driver.ExportAsync(injection, stop);
                output.Line($"---\n{DocumentWriter.Yaml(one, Left(experiment, injection, Hypothesis(experiment, one))).TrimEnd()}");
                made.Add((JsonNode)one);
            }

            output.Document(made);
            return ExitCodes.Upheld;
        });
        return command;
    }

    // Without Crater nobody would ask it: what Litmus can ask goes with the engine. Probes of the fault's own stay first.
    private static string Hypothesis(Experiment experiment, JsonObject made)
    {
        if (experiment.Hypothesis is not { } hypothesis)
        {
            return "";
        }

        var (probes, left) = experiment.Driver == "litmus" ? LitmusHypothesis.Say(experiment) : ([], [.. hypothesis.Probes.Select(probe => probe.Name)]);
        if (probes.Count > 0)
        {
            var spec = made["spec"]!["experiments"]![0]!["spec"]!.AsObject();
            spec["probe"] = new JsonArray([.. (spec["probe"] as JsonArray ?? []).Concat(probes).Select(probe => probe!.DeepClone())]);
        }

        return left.Count > 0 ? $"Not in here: of the hypothesis \"{hypothesis.Title}\" {string.Join(", ", left)}." : "";
    }

    // What an engine does not do for a run is said where a reader of the object sees it.
    private static string Left(Experiment experiment, Injection injection, string hypothesis)
    {
        List<string> lines =
        [
            $"{experiment.Title}: {injection.Activity}, on {injection.Target.Id} as it was drawn now.",
            "Not in here: claims, the limits of the blast radius, the journal, recovery when its maker dies, and the proof that the target is as before.",
        ];
        lines.AddRange(experiment.Guards.Count > 0 ? [$"Not in here: {experiment.Guards.Count} guard(s) that would end it early."] : []);
        lines.AddRange(hypothesis.Length > 0 ? [hypothesis] : []);
        lines.AddRange(experiment.Load is not null ? ["Not in here: the load beside it."] : []);
        lines.AddRange(experiment.Rollbacks.Count > 0 ? [$"Not in here: {experiment.Rollbacks.Count} rollback(s)."] : []);
        lines.AddRange(experiment.Method.Any(activity => activity.Provider is not FaultProvider) ? ["Not in here: the steps of the method that are no faults, and its pauses."] : []);
        return string.Join('\n', lines).Replace("\r", "", StringComparison.Ordinal);
    }
}
