using System.CommandLine;
using System.Text.Json.Nodes;
using Crater.Cli.Composition;
using Crater.Cli.Terminal;
using Crater.Kubernetes.Install;

namespace Crater.Cli.Verbs;

/// <summary><c>craterctl install</c>: the operator, its definitions and rights, into a cluster; the same again is nothing, a newer craterctl's is an upgrade.</summary>
internal static class InstallVerb
{
    public static Command Create(GlobalOptions globals, Surroundings surroundings)
    {
        var desk = new InstallDesk();
        var image = new Option<string>("--image") { Description = "The server's image (default: this release's).", DefaultValueFactory = _ => "" };
        var agentImage = new Option<string>("--agent-image") { Description = "The image of agent pods (default: this release's).", DefaultValueFactory = _ => "" };
        var replicas = new Option<int>("--replicas") { Description = "Processes that stand by for each other, 1 to 5.", DefaultValueFactory = _ => 2 };
        replicas.Validators.Add(result =>
        {
            // What is no number at all is told by the library; asking it for one would throw.
            if (result.Tokens is [var given] && int.TryParse(given.Value, out var asked) && asked is < 1 or > 5)
            {
                result.AddError("--replicas is a number from 1 to 5.");
            }
        });
        var litmus = new Option<bool>("--litmus") { Description = "Rights for LitmusChaos too." };
        var mesh = new Option<bool>("--chaos-mesh") { Description = "Rights for Chaos Mesh too." };
        var webhook = new Option<bool>("--webhook") { Description = "The validating webhook too, with the certificate of the Secret crater-webhook; where nobody has made one, it is made, and renewed by the same command." };
        var agents = new Option<bool>("--agent-daemon-set") { Description = "An agent that is always on every node too, instead of pods that come and go with runs." };
        var rules = new Option<bool>("--prometheus-rule") { Description = "Alerts for the Prometheus operator too." };
        var accounts = new Option<bool>("--account-metrics") { Description = "The operator's own metrics, over TLS, for service accounts that are bound to the ClusterRole crater-metrics-reader." };
        var monitor = new Option<bool>("--pod-monitor") { Description = "The operator's own metrics for the Prometheus operator too." };
        var command = new Command("install", "Install the operator into the cluster, or bring it to this release, and wait until it is there.") { image, agentImage, replicas, agents, litmus, mesh, webhook, accounts, rules, monitor };
        desk.AddTo(command);
        command.Does(globals, surroundings, async (parsed, output, stop) =>
        {
            var options = desk.Options(parsed) with
            {
                Image = parsed.GetValue(image)!,
                AgentImage = parsed.GetValue(agentImage)!,
                Replicas = parsed.GetValue(replicas),
                AgentDaemonSet = parsed.GetValue(agents),
                Litmus = parsed.GetValue(litmus),
                ChaosMesh = parsed.GetValue(mesh),
                Webhook = parsed.GetValue(webhook),
                AccountMetrics = parsed.GetValue(accounts),
                PrometheusRule = parsed.GetValue(rules),
                PodMonitor = parsed.GetValue(monitor),
            };
            var patience = desk.Patience(parsed);
            using var connection = await InstallDesk.OpenAsync(parsed, globals, surroundings, stop);
            InstallDesk.Head(connection, options, output);
            var installer = new Installer(connection.Client, options, surroundings.Clock, line => output.Line($"  {line}"));
            var steps = await installer.PlanAsync(stop);
            if (parsed.GetValue(desk.Dry))
            {
                Say(steps, output);
                return ExitCodes.Upheld;
            }

            await installer.ApplyAsync(steps, patience, stop);
            output.Line(steps.All(step => step.Kind == StepKind.Keep) ? "Everything is as it should be; nothing was changed." : "Crater is installed. 'craterctl doctor' says what else there could be.");
            output.Document(Json(steps, isDry: false));
            return ExitCodes.Upheld;
        });
        return command;
    }

    private static void Say(IReadOnlyList<InstallStep> steps, Output output)
    {
        foreach (var step in steps)
        {
            output.Line($"{Mark(step)} {step.Name}{(step.Changes.Count > 0 ? $": {string.Join(", ", step.Changes.Take(5))}{(step.Changes.Count > 5 ? $" and {step.Changes.Count - 5} more" : "")}" : "")}");
        }

        output.Line($"{steps.Count(step => step.Kind == StepKind.Create)} would be created, {steps.Count(step => step.Kind == StepKind.Change)} changed, "
            + $"{steps.Count(step => step.Kind == StepKind.Keep)} are as they should be. Nothing was changed.");
        output.Document(Json(steps, isDry: true));
    }

    private static string Mark(InstallStep step) => step.Kind switch { StepKind.Create => "+", StepKind.Change => "~", _ => "=" };

    private static JsonObject Json(IReadOnlyList<InstallStep> steps, bool isDry) => new()
    {
        ["dryRun"] = isDry,
        ["objects"] = new JsonArray([.. steps.Select(step => (JsonNode?)new JsonObject
        {
            ["name"] = step.Name,
            ["step"] = step.Kind.ToString().ToLowerInvariant(),
            ["changes"] = new JsonArray([.. step.Changes.Select(change => (JsonNode?)change)]),
        })]),
    };
}
