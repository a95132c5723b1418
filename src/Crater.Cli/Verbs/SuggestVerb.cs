using System.CommandLine;
using Crater.Advice;
using Crater.Cli.Composition;
using Crater.Cli.Terminal;
using Crater.Models.Suggest;
using Crater.Risks;

namespace Crater.Cli.Verbs;

/// <summary><c>craterctl suggest</c>: what is worth breaking, and why, as experiments that can be run as they are. Changes nothing in the cluster.</summary>
internal static class SuggestVerb
{
    public static Command Create(GlobalOptions globals, Surroundings surroundings)
    {
        var count = new Option<int>("--count", "-n") { Description = "How many experiments to suggest (1 to 100).", DefaultValueFactory = _ => 3 };
        var folder = new Option<string?>("--output", "-o") { Description = "Folder to save them in (default: experiments, or stack.yaml's)." };
        var format = new Option<string>("--format") { Description = "yaml, or advisor for the Chaos Advisor's JSON.", DefaultValueFactory = _ => "yaml" };
        format.AcceptOnlyFromAmong("yaml", "advisor");
        var url = new Option<string?>("--url") { Description = "The address your users come in by; each experiment then probes it." };
        var dryRun = new Option<bool>("--dry-run") { Description = "Save nothing." };
        var explain = new Option<bool>("--explain") { Description = "Show evidence, predicted blast radius and the commands to do and undo it by hand." };
        var anonymise = new Option<bool>("--anonymise") { Description = "Tell a model no names, only aliases." };
        var free = new Option<bool>("--free-form") { Description = "Let a model propose up to two tests that the catalogue does not have; they are marked so." };
        var desk = new ModelDesk();
        var command = new Command("suggest", "Suggest experiments from what was discovered; needs no model and no key.") { count, folder, format, url, dryRun, explain, anonymise, free };
        desk.AddTo(command);
        const string Sends = "Names, kinds and counts of what runs are sent there; --anonymise leaves the names out.";
        command.Does(globals, surroundings, async (parsed, output, stop) =>
        {
            using var bench = await ClusterBench.OpenAsync(parsed, globals, surroundings, output, stop);
            var options = new AdviceOptions
            {
                Count = parsed.GetValue(count),
                Namespace = parsed.GetValue(globals.Namespace) ?? "",
                Drivers = bench.OwnDrivers,
                EntryUrl = parsed.GetValue(url) ?? "",
                History = PastRuns.Of(surroundings),
                ComponentMetrics = bench.Stack is { PrometheusUrl.Length: > 0 },
            };
            using var model = desk.Open(parsed, bench.Stack, Sends, surroundings, output);
            var topology = await bench.DiscoverAsync(stop);
            var advisory = model is null
                ? Advisor.Propose(topology, RiskCatalogue.BuiltIn, options)
                : await new ModelAdvisor(model, ModelDesk.Prompts(bench.Stack, surroundings)).ProposeAsync(
                    Shortlist.Of(topology, RiskCatalogue.BuiltIn, options), options.Count,
                    new DigestOptions { TokensMax = DigestOptions.TokensFor(topology.Components.Count), FreeForm = parsed.GetValue(free), Anonymise = parsed.GetValue(anonymise) || bench.Stack?.Models is { Anonymise: true } }, stop);
            var form = parsed.GetValue(format) == "advisor" ? ProposalFormat.Advisor : ProposalFormat.Experiment;
            var place = surroundings.Path(parsed.GetValue(folder) ?? bench.Stack?.ExperimentsFolder ?? "experiments");
            // Where there is nothing to break, what could not be seen is the likeliest reason.
            foreach (var warning in advisory.Proposals.Count > 0 ? [] : topology.Warnings)
            {
                output.Note($"warning {warning}");
            }

            Say(advisory, parsed.GetValue(dryRun) ? [] : ProposalWriter.Write(advisory.Proposals, place, form), parsed.GetValue(explain), surroundings, output);
            return ExitCodes.Upheld;
        });
        return command;
    }

    private static void Say(Advisory advisory, IReadOnlyList<string> paths, bool explain, Surroundings surroundings, Output output)
    {
        if (advisory.Origin.Fallback.Length > 0)
        {
            output.Note($"warning {advisory.Origin.Fallback}\n        The rules advise instead.");
        }

        output.Line(AdvisoryText.List(advisory, [.. paths.Select(path => Path.GetRelativePath(surroundings.WorkingDirectory, path))], explain).TrimEnd());
        output.Document(AdvisoryJson.Of(advisory, paths));
    }
}
