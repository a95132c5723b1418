using System.CommandLine;
using System.Text.Json.Nodes;
using Crater.Cli.Composition;
using Crater.Cli.Terminal;
using Crater.Lab;
using Crater.Lab.Nodes;

namespace Crater.Cli.Verbs;

/// <summary><c>craterctl lab up|down|status</c>: a cluster in one process, for the demo, for learning and for tests.</summary>
internal static class LabVerb
{
    public static Command Create(GlobalOptions globals, Surroundings surroundings) => new("lab", "A cluster in one process: a Kubernetes API over real local processes (Linux).")
    {
        Up(globals, surroundings), Down(globals, surroundings), Status(globals, surroundings),
    };

    private static Command Up(GlobalOptions globals, Surroundings surroundings)
    {
        var app = new Option<string?>("--app") { Description = "Bring up a sample application: shop, shop/resilient, shop/variants/w04, …" };
        var nodes = new Option<int>("--nodes") { Description = "How many nodes (1 to 26).", DefaultValueFactory = _ => 3 };
        var hollow = new Option<int>("--hollow-nodes") { Description = "How many nodes (0 to 1000) whose pods are objects of the API without a process." };
        var images = new Option<string[]>("--image") { Description = "NAME=COMMAND or NAME=host; may be repeated.", Arity = ArgumentArity.ZeroOrMore };
        var manifests = new Option<string[]>("--manifests") { Description = "YAML files or folders to apply at the start; may be repeated.", Arity = ArgumentArity.ZeroOrMore };
        var groups = new Option<bool>("--cgroups") { Description = "Give each container a control group, so that agent pods can put faults on pods (root)." };
        var detach = new Option<bool>("--detach") { Description = "Return when the lab is ready and leave it running." };
        var command = new Command("up", "Start a lab and write its kubeconfig.") { app, nodes, hollow, images, manifests, groups, detach };
        command.Does(globals, surroundings, async (parsed, output, stop) =>
        {
            var map = new ImageMap();
            List<string> applied = [.. (parsed.GetValue(manifests) ?? []).Select(surroundings.Path)];
            if (parsed.GetValue(app) is { } name)
            {
                var sample = SampleApp.Find(name);
                map.Add(sample.Image, sample.Program);
                applied.Add(sample.Manifests);
            }

            foreach (var image in parsed.GetValue(images) ?? [])
            {
                map.Add(image);
            }

            var options = new LabOptions
            {
                Nodes = parsed.GetValue(nodes),
                HollowNodes = parsed.GetValue(hollow),
                Images = map,
                Manifests = applied,
                Cgroups = parsed.GetValue(groups),
                Kubeconfig = surroundings.Path(parsed.GetValue(globals.Kubeconfig) ?? DefaultKubeconfig()),
            };
            if (!parsed.GetValue(detach))
            {
                return await LabHost.RunAsync(options, surroundings.Out, LabKeeper.RunAsync, stop);
            }

            Say(await LabHost.DetachAsync(options, stop), output);
            return ExitCodes.Upheld;
        });
        return command;
    }

    private static Command Down(GlobalOptions globals, Surroundings surroundings)
    {
        var command = new Command("down", "Stop the lab and everything in it.");
        command.Does(globals, surroundings, async (_, output, stop) =>
        {
            var was = await LabHost.DownAsync(LabState.DefaultFolder(), surroundings.Clock, stop);
            output.Line(was ? "The lab is down." : "No lab was running.");
            output.Document(new JsonObject { ["wasRunning"] = was });
            return ExitCodes.Upheld;
        });
        return command;
    }

    private static Command Status(GlobalOptions globals, Surroundings surroundings)
    {
        var command = new Command("status", "Show whether a lab runs, and where.");
        command.Does(globals, surroundings, (_, output, _) =>
        {
            if (LabState.Read(LabState.DefaultFolder()) is { IsAlive: true } state)
            {
                Say(state, output);
                return Task.FromResult(ExitCodes.Upheld);
            }

            output.Line("No lab is running; 'craterctl lab up' starts one.");
            output.Document(new JsonObject { ["running"] = false });
            return Task.FromResult(ExitCodes.Environment);
        });
        return command;
    }

    private static void Say(LabState state, Output output)
    {
        output.Line($"The lab runs as process {state.Pid} at {state.ApiAddress}.");
        output.Line($"   kubeconfig: {state.Kubeconfig}");
        output.Line($"   try: KUBECONFIG={state.Kubeconfig} kubectl get pods -A");
        output.Document(new JsonObject { ["running"] = true, ["pid"] = state.Pid, ["api"] = state.ApiAddress, ["kubeconfig"] = state.Kubeconfig });
    }

    private static string DefaultKubeconfig() => Path.Combine(LabState.DefaultFolder(), "kubeconfig");
}
