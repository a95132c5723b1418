using System.Text.Json.Nodes;
using Crater.Drivers;
using Crater.Kubernetes.Client;

namespace Crater.Kubernetes.Drivers;

/// <summary>How a pod looks through the API alone: the images and the ready count of its owner, or its own, if it has none.</summary>
internal static class PodFingerprint
{
    public static async Task<(Fingerprint Text, bool IsSettled)> OfOwnerAsync(KubernetesClient client, Workload owner, CancellationToken abort)
    {
        var state = await owner.StateAsync(client, abort);
        return (new Fingerprint($"owner={owner.Id} images={string.Join(',', state.Images)} ready={state.Ready}"), state.IsSettled);
    }

    public static Fingerprint Of(JsonObject pod) => new(
        $"pod={pod.Name()} images={string.Join(',', pod.Objects("spec", "containers").Select(container => container.Text("image")).Distinct().Order(StringComparer.Ordinal))} "
        + $"ready={(pod.Condition("Ready") ? "1/1" : "0/1")}");
}
