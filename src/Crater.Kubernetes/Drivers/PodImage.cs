using System.Text.Json.Nodes;
using Crater.Diagnostics;
using Crater.Drivers;
using Crater.Kubernetes.Client;
using Crater.Kubernetes.Drivers.Changes;
using Crater.Targets;

namespace Crater.Kubernetes.Drivers;

/// <summary>
/// Gives containers of one pod another image until the fault is over. Fingerprint: the images of the owner's pods and its ready count; for a
/// naked pod its own.
/// </summary>
internal abstract class PodImage(KubernetesClient client, TimeProvider clock) : MarkedFault(client, clock, TargetKind.Pod)
{
    protected override async Task<Fingerprint> BeforeAsync(Injection injection, JsonObject seen, CancellationToken abort)
    {
        var owner = await Workload.OfAsync(Client, seen, abort);
        return owner is null ? PodFingerprint.Of(seen) : await Settled.WaitAsync(Clock, () => PodFingerprint.OfOwnerAsync(Client, owner, abort), abort);
    }

    protected override async Task<Fingerprint?> NowAsync(Injection injection, Fingerprint before, JsonObject? seen, CancellationToken budget)
    {
        if (before.Text.Split(' ')[0].Split('=', 2) is ["owner", var id] && Workload.Parse(id) is { Resource: not null } owner)
        {
            return (await PodFingerprint.OfOwnerAsync(Client, owner, budget)).Text;
        }

        return seen is null ? null : PodFingerprint.Of(seen);
    }
}

/// <summary>Takes a pod down: all its containers get an image that cannot be pulled.</summary>
internal sealed class PodFailure(KubernetesClient client, TimeProvider clock) : PodImage(client, clock)
{
    /// <summary>The top-level domain <c>invalid</c> never resolves (RFC 2606), so no registry can ever serve it.</summary>
    public const string Image = "crater.invalid/pod-failure:none";

    public override string Name => "pod-failure";

    protected override IEnumerable<(FieldPath At, JsonNode? During)> Aims(Injection injection, JsonObject seen) =>
        ContainersOf.Pod(seen).Select(container => (container.Image, (JsonNode?)Image));

    protected override string Mechanism(Injection injection) => $"images of the pod set to {Image} through the API";
}

/// <summary>Gives one container of a pod the image that the document names.</summary>
internal sealed class ContainerImage(KubernetesClient client, TimeProvider clock) : PodImage(client, clock)
{
    public override string Name => "container-image";

    protected override Task CheckAsync(Injection injection, JsonObject seen, CancellationToken abort)
    {
        ContainersOf.Asked(injection, ContainersOf.Pod(seen));
        return Task.CompletedTask;
    }

    protected override IEnumerable<(FieldPath At, JsonNode? During)> Aims(Injection injection, JsonObject seen) =>
        [(ContainersOf.Asked(injection, ContainersOf.Pod(seen)).Image, injection.Fault.Text("image"))];

    protected override string Mechanism(Injection injection) => $"image of a container of the pod set to {injection.Fault.Text("image")} through the API";
}

/// <summary>The containers that a pod or a pod template has, and where each has its image.</summary>
internal static class ContainersOf
{
    public static IReadOnlyList<(string Name, FieldPath Image)> Pod(JsonObject pod) => Under(pod, "spec");

    public static IReadOnlyList<(string Name, FieldPath Image)> Template(JsonObject workload) => Under(workload, "spec", "template", "spec");

    /// <summary>The container that the argument <c>container</c> names; the first one when it names none.</summary>
    /// <exception cref="CraterException">CRT8085: there is none of that name.</exception>
    public static (string Name, FieldPath Image) Asked(Injection injection, IReadOnlyList<(string Name, FieldPath Image)> containers)
    {
        var asked = injection.Fault.Text("container");
        var found = containers.Where(container => asked.Length == 0 || asked == "firstcontainer" || container.Name == asked).ToList();
        return found.Count > 0 ? found[0] : throw new CraterException("CRT8085",
            $"'{injection.Target.Id}' has no container '{asked}'; it has {string.Join(", ", containers.Select(container => container.Name))}. Name one of these.");
    }

    private static List<(string Name, FieldPath Image)> Under(JsonObject root, params string[] path) =>
        [.. root.Objects([.. path, "containers"]).Select(container => container.Text("name")).Select(name => (name, FieldPath.Of([.. path, "containers"]).Element(("name", name)).Then("image")))];
}
