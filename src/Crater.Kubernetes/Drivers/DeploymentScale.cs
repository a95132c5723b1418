using System.Text.Json.Nodes;
using Crater.Diagnostics;
using Crater.Drivers;
using Crater.Kubernetes.Client;
using Crater.Targets;

namespace Crater.Kubernetes.Drivers;

/// <summary>Sets a deployment's replica count. Fingerprint: <c>replicas=3 ready=3/3</c>.</summary>
internal sealed class DeploymentScale(KubernetesClient client, TimeProvider clock) : MarkedFault(client, Resource.Deployments)
{
    public override string Name => "deployment-scale";

    public override TargetKind TargetKind => TargetKind.Deployment;

    protected override async Task<Fingerprint> BeforeAsync(Injection injection, JsonObject seen, CancellationToken abort)
    {
        var autoscalers = await Client.ListAsync(Resource.Autoscalers, injection.Target.Namespace, ListQuery.All, abort);
        if (autoscalers.Items.FirstOrDefault(autoscaler => Scales(autoscaler, injection.Target.Name)) is { } owner)
        {
            throw new CraterException("CRT3102",
                $"'{injection.Target.Id}' is scaled by the autoscaler '{owner.Name()}', which would undo {Name} at once. Hit its pods with pod-kill instead.");
        }

        return await Settled.WaitAsync(clock, () => ReadAsync(seen, abort), abort);
    }

    protected override async Task<Fingerprint?> NowAsync(Injection injection, Fingerprint before, JsonObject? seen, CancellationToken budget) =>
        seen is null ? null : (await ReadAsync(seen, budget)).Text;

    protected override Undo UndoOf(JsonObject seen) => Undo.Replicas(Replicas(seen));

    protected override (JsonObject Change, PatchForm Form) Change(Injection injection, JsonObject seen) =>
        (new JsonObject { ["replicas"] = injection.Fault.Integer("replicas") }, PatchForm.Merge);

    protected override string Mechanism(Injection injection) => $"spec.replicas set to {injection.Fault.Text("replicas")} through the API";

    private async Task<(Fingerprint Text, bool IsSettled)> ReadAsync(JsonObject deployment, CancellationToken abort)
    {
        var workload = new Workload(Resource.Deployments, "Deployment", deployment.Namespace(), deployment.Name(), deployment.Uid());
        var state = await workload.StateAsync(Client, abort);
        return (new Fingerprint($"replicas={Replicas(deployment)} ready={state.Ready}"), state.IsSettled);
    }

    private static int Replicas(JsonObject deployment) => deployment.Integer("spec", "replicas") ?? 1;

    private static bool Scales(JsonObject autoscaler, string deployment) =>
        autoscaler.Text("spec", "scaleTargetRef", "kind") == "Deployment" && autoscaler.Text("spec", "scaleTargetRef", "name") == deployment;
}
