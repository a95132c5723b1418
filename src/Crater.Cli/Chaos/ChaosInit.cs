using System.Text.Json;
using System.Text.Json.Nodes;
using Crater.Cli.Chaos.Notifications;
using Crater.Cli.Chaos.Syntax;
using Crater.Cli.Chaos.Wizards;
using Crater.Diagnostics;
using Crater.Documents;

namespace Crater.Cli.Chaos;

/// <summary><c>chaos init</c>: a new experiment, question by question, from what was discovered.</summary>
internal static class ChaosInit
{
    public static async Task<int> RunAsync(ChaosArguments options, ChaosSession session)
    {
        await using var notifier = session.Notifier();
        notifier.Tell(new Notice("init-started", "init", null));
        var path = options.Text("--experiment-path") ?? "./experiment.json";
        var wizard = new Wizard(session.Surroundings.In(), session.Surroundings);
        JsonObject experiment;
        try
        {
            var discovery = Discovery(session.Surroundings.Path(options.Text("--discovery-path") ?? "./discovery.json"));
            experiment = Asked(wizard, discovery);
        }
        catch (EndOfAnswersException)
        {
            session.Surroundings.Error.WriteLine("Aborted!");
            return ChaosSession.Failed;
        }

        Write(session.Surroundings.Path(path), experiment);
        wizard.Say($"\nExperiment created and saved in '{path}'");
        notifier.Tell(new Notice("init-completed", "init", experiment));
        return 0;
    }

    private static JsonObject Asked(Wizard wizard, JsonObject? discovery)
    {
        wizard.Explain("This writes an experiment, step by step: a steady-state hypothesis if you want one, a method, and rollbacks if you want some.");
        if (discovery is null)
        {
            wizard.Say("No discovery was found, let's create an empty experiment");
        }

        var experiment = new JsonObject { ["title"] = wizard.Ask("Experiment's title"), ["description"] = "N/A", ["tags"] = new JsonArray() };
        wizard.Explain("\nThe hypothesis says how the system looks when it is well. It is checked before the method, and again after it.");
        if (wizard.Confirm("Do you want to define a steady state hypothesis now?"))
        {
            var hypothesis = new JsonObject { ["title"] = wizard.Ask("Hypothesis's title"), ["probes"] = new JsonArray() };
            Add(wizard, discovery, "probe", withTolerance: true, hypothesis["probes"]!.AsArray());
            experiment["steady-state-hypothesis"] = hypothesis;
        }

        experiment["method"] = new JsonArray();
        if (discovery is not null)
        {
            wizard.Explain("\nThe method is what is done to the system, and what is looked at meanwhile.");
            if (wizard.Confirm("Do you want to define an experimental method?"))
            {
                Add(wizard, discovery, "", withTolerance: false, experiment["method"]!.AsArray());
            }

            wizard.Explain("\nRollbacks put the system back at the end.");
            if (wizard.Confirm("Do you want to add some rollbacks now?"))
            {
                experiment["rollbacks"] = new JsonArray();
                Add(wizard, discovery, "action", withTolerance: false, experiment["rollbacks"]!.AsArray());
            }
        }

        return experiment;
    }

    private static void Add(Wizard wizard, JsonObject? discovery, string type, bool withTolerance, JsonArray pool)
    {
        if (discovery is not null)
        {
            var offered = (discovery["activities"] as JsonArray ?? []).OfType<JsonObject>().Where(activity => type.Length == 0 || (string?)activity["type"] == type);
            new ActivityWizard(wizard, [.. offered], withTolerance).AddTo(pool);
        }
    }

    private static JsonObject? Discovery(string path)
    {
        if (!File.Exists(path))
        {
            return null;
        }

        try
        {
            return JsonNode.Parse(File.ReadAllText(path)) as JsonObject;
        }
        catch (JsonException error)
        {
            throw new CraterException("CRT1236", $"{path} is no discovery: {error.Message} Make one with 'chaos discover PACKAGE'.", error);
        }
    }

    private static void Write(string path, JsonObject experiment)
    {
        if (Path.GetExtension(path).ToLowerInvariant() is ".yaml" or ".yml")
        {
            File.WriteAllText(path, DocumentWriter.Yaml(experiment));
        }
        else
        {
            JsonFile.Write(path, experiment, indent: 4);
        }
    }
}
