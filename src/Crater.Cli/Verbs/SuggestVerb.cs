using System.CommandLine;
using Crater.Advice;
using Crater.Cli.Composition;
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
        var command = new Command("suggest", "Suggest experiments from what was discovered; needs no model and no key.") { count, folder, format, url, dryRun, explain };
        command.Does(globals, surroundings, async (parsed, output, stop) =>
        {
            using var bench = await ClusterBench.OpenAsync(parsed, globals, surroundings, output, stop);
            var advisory = Advisor.Propose(await bench.DiscoverAsync(stop), RiskCatalogue.BuiltIn, new AdviceOptions
            {
                Count = parsed.GetValue(count),
                Namespace = parsed.GetValue(globals.Namespace) ?? "",
                Drivers = [.. bench.Drivers.Select(driver => driver.Name)],
                EntryUrl = parsed.GetValue(url) ?? "",
                History = PastRuns.Of(surroundings),
            });
            var form = parsed.GetValue(format) == "advisor" ? ProposalFormat.Advisor : ProposalFormat.Experiment;
            var place = surroundings.Path(parsed.GetValue(folder) ?? bench.Stack?.ExperimentsFolder ?? "experiments");
            var paths = parsed.GetValue(dryRun) ? [] : ProposalWriter.Write(advisory.Proposals, place, form);
            output.Line(AdvisoryText.List(advisory, [.. paths.Select(path => Path.GetRelativePath(surroundings.WorkingDirectory, path))], parsed.GetValue(explain)).TrimEnd());
            output.Document(AdvisoryJson.Of(advisory, paths));
            return ExitCodes.Upheld;
        });
        return command;
    }
}
