using System.Text.Json.Nodes;
using Crater.Drivers;
using Crater.Kubernetes.Client;
using Crater.Targets;

namespace Crater.Kubernetes.Drivers;

/// <summary>
/// Gives the pod's containers an image that cannot be pulled, so that it stays down until the old image is back. Fingerprint: the images of the
/// owner's pods and its ready count; for a naked pod its own.
/// </summary>
internal sealed class PodFailure(KubernetesClient client, TimeProvider clock) : MarkedFault(client, Resource.Pods)
{
    /// <summary>The top-level domain <c>invalid</c> never resolves (RFC 2606), so no registry can ever serve it.</summary>
    public const string Image = "crater.invalid/pod-failure:none";

    public override string Name => "pod-failure";

    public override TargetKind TargetKind => TargetKind.Pod;

    protected override async Task<Fingerprint> BeforeAsync(Injection injection, JsonObject seen, CancellationToken abort)
    {
        var owner = await Workload.OfAsync(Client, seen, abort);
        return owner is null ? Alone(seen) : await Settled.WaitAsync(clock, () => ReadAsync(owner, abort), abort);
    }

    protected override async Task<Fingerprint?> NowAsync(Injection injection, Fingerprint before, JsonObject? seen, CancellationToken budget)
    {
        if (before.Text.Split(' ')[0].Split('=', 2) is ["owner", var id] && Workload.Parse(id) is { Resource: not null } owner)
        {
            return (await ReadAsync(owner, budget)).Text;
        }

        return seen is null ? null : Alone(seen);
    }

    protected override Undo UndoOf(JsonObject seen) => Undo.Images(
        seen.Objects("spec", "containers").Select(container => KeyValuePair.Create(container.Text("name"), container.Text("image"))));

    protected override (JsonObject Change, PatchForm Form) Change(Injection injection, JsonObject seen) => (
        new JsonObject
        {
            ["containers"] = new JsonArray([.. seen.Objects("spec", "containers").Select(container =>
                new JsonObject { ["name"] = container.Text("name"), ["image"] = Image })]),
        },
        PatchForm.Strategic);

    protected override string Mechanism(Injection injection) => $"images of the pod set to {Image} through the API";

    private async Task<(Fingerprint Text, bool IsSettled)> ReadAsync(Workload owner, CancellationToken abort)
    {
        var state = await owner.StateAsync(Client, abort);
        return (new Fingerprint($"owner={owner.Id} images={string.Join(',', state.Images)} ready={state.Ready}"), state.IsSettled);
    }

    private static Fingerprint Alone(JsonObject pod) => new(
        $"pod={pod.Name()} images={string.Join(',', pod.Objects("spec", "containers").Select(container => container.Text("image")).Distinct().Order(StringComparer.Ordinal))} "
        + $"ready={(pod.Condition("Ready") ? "1/1" : "0/1")}");
}
