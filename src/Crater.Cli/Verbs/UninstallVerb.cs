using System.CommandLine;
using System.Text.Json.Nodes;
using Crater.Cli.Composition;
using Crater.Diagnostics;
using Crater.Kubernetes.Install;
using Crater.Kubernetes.Keeping;

namespace Crater.Cli.Verbs;

/// <summary><c>craterctl uninstall</c>: takes the operator away again, after everything that it holds is off.</summary>
internal static class UninstallVerb
{
    public static Command Create(GlobalOptions globals, Surroundings surroundings)
    {
        var desk = new InstallDesk();
        var abort = new Option<bool>("--abort") { Description = "End active experiments first, and wait until everything is as it was." };
        var despite = new Option<bool>("--despite-residue") { Description = "Go although a fault may still be in place, which you have looked at." };
        var definitions = new Option<bool>("--crds") { Description = "Delete the definitions too, and with them every Experiment and its record." };
        var command = new Command("uninstall", "Take the operator away from the cluster; refused while experiments are active or something is left.") { abort, despite, definitions };
        desk.AddTo(command);
        command.Does(globals, surroundings, async (parsed, output, stop) =>
        {
            var options = desk.Options(parsed);
            var patience = desk.Patience(parsed);
            using var connection = await InstallDesk.OpenAsync(parsed, globals, surroundings, stop);
            InstallDesk.Head(connection, options, output);
            var keeper = new ApiStateKeeper(connection.Client, options.Namespaced.Length > 0 ? [options.Namespaced, options.Home] : [], surroundings.Clock);
            var uninstaller = new Uninstaller(connection.Client, keeper, options, new UninstallOptions
            {
                Abort = parsed.GetValue(abort),
                DespiteResidue = parsed.GetValue(despite),
                Definitions = parsed.GetValue(definitions),
            }, surroundings.Clock, line => output.Line($"  {line}"));
            var (inTheWay, plan) = (await uninstaller.LookAsync(stop), await uninstaller.PlanAsync(stop));
            if (!parsed.GetValue(desk.Dry))
            {
                try
                {
                    await uninstaller.RemoveAsync(patience, stop);
                }
                catch (CraterException residue) when (residue.Code == "CRT8611")
                {
                    output.Failed(residue);
                    return ExitCodes.Residue;
                }

                output.Line(plan.Count == 0 ? "There was nothing of Crater's." : $"Crater is uninstalled; the namespace {options.Home} and what others made in it stay.");
            }
            else
            {
                output.Problems(inTheWay.Select(one => one with { IsWarning = true }));
                foreach (var name in plan)
                {
                    output.Line($"- {name}");
                }

                output.Line($"{plan.Count} objects would be deleted{(inTheWay.Count > 0 ? ", after what is named above has come to its end" : "")}. Nothing was changed.");
            }

            output.Document(new JsonObject
            {
                ["dryRun"] = parsed.GetValue(desk.Dry),
                ["inTheWay"] = new JsonArray([.. inTheWay.Select(one => (JsonNode?)Terminal.Output.ProblemJson(one))]),
                ["objects"] = new JsonArray([.. plan.Select(name => (JsonNode?)name)]),
            });
            return ExitCodes.Upheld;
        });
        return command;
    }
}
