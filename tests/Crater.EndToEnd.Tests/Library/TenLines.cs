using Crater.Advice;
using Crater.Experiments;
using Crater.Journals;
using Crater.Kubernetes;
using Crater.Runs;

namespace Crater.EndToEnd.Tests.Library;

/// <summary>Crater as a library: the lines between the markers stand in docs/library.md, and a test compares the two.</summary>
internal static class TenLines
{
    public static async Task<RunOutcome> RunAsync(string kubeconfig, string url, string folder, CancellationToken abort)
    {
        // <ten-lines>
        using var cluster = await KubernetesWorld.OpenAsync(kubeconfig, abort);
        var crater = new ControlPlane(cluster.World, new RunFolders($"{folder}/runs", TimeProvider.System), TimeProvider.System, "me@here");
        var topology = await crater.DiscoverAsync(abort);
        var advice = ControlPlane.Advise(topology, new AdviceOptions { Count = 1, Drivers = ["kubernetes"] });
        var files = ProposalWriter.Write(advice.Proposals, $"{folder}/experiments", ProposalFormat.Experiment);
        var experiment = ControlPlane.Read(files[0], ReadOptions.FromProcess()).OrThrow();
        var plan = await crater.PlanAsync(experiment, seed: 1, abort);
        var wishes = new RunWishes { Topology = topology, Load = new LoadRequest(20, [new LoadScenario("all", 1, "GET", url)]) };
        var outcome = await crater.RunAsync(plan, experiment, wishes, new AbortSignal());
        Console.WriteLine(crater.Report(outcome.Run.Value, $"{folder}/reports").Model.Finding);
        // </ten-lines>
        return outcome;
    }
}
