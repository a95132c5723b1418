using System.Text.Json.Nodes;
using Crater.Diagnostics;
using Crater.Drivers;
using Crater.Kubernetes.Client;
using Crater.Kubernetes.Drivers.Changes;
using Crater.Targets;

namespace Crater.Kubernetes.Drivers;

/// <summary>Faults that change a workload's pod template: a rollout begins with the fault and another one with its recovery.</summary>
internal abstract class TemplateFault(KubernetesClient client, TimeProvider clock)
    : MarkedFault(client, clock, TargetKind.Deployment, TargetKind.StatefulSet, TargetKind.DaemonSet)
{
    protected override Task CheckAsync(Injection injection, JsonObject seen, CancellationToken abort) => seen.Flag("spec", "paused")
        ? throw new CraterException("CRT8082", $"The rollout of '{injection.Target.Id}' is paused, so {Name} would do nothing now. Resume it or choose another target.")
        : Task.CompletedTask;

    protected override Task<Workload?> WatchedAsync(Injection injection, JsonObject seen, CancellationToken abort) => Task.FromResult<Workload?>(Own(seen, injection));
}

/// <summary>A rollout whose image cannot be pulled.</summary>
internal sealed class ImagePullFail(KubernetesClient client, TimeProvider clock) : TemplateFault(client, clock)
{
    public override string Name => "image-pull-fail";

    protected override IEnumerable<(FieldPath At, JsonNode? During)> Aims(Injection injection, JsonObject seen) =>
        [(ContainersOf.Asked(injection, ContainersOf.Template(seen)).Image, "crater.invalid/image-pull-fail:none")];

    protected override string Mechanism(Injection injection) => "an image that cannot be pulled put into the pod template through the API";
}

/// <summary>A rollout whose pods no node may take.</summary>
internal sealed class SchedulingBlock(KubernetesClient client, TimeProvider clock) : TemplateFault(client, clock)
{
    public override string Name => "scheduling-block";

    protected override IEnumerable<(FieldPath At, JsonNode? During)> Aims(Injection injection, JsonObject seen) =>
        [(FieldPath.Of("spec", "template", "spec", "nodeSelector", "crater.dev/nowhere"), "true")];

    protected override string Mechanism(Injection injection) => "a node selector that no node matches put into the pod template through the API";
}

/// <summary>Suspends a job: its pods are taken away, and start anew when it is over.</summary>
internal sealed class JobSuspend(KubernetesClient client, TimeProvider clock) : MarkedFault(client, clock, TargetKind.Job)
{
    public override string Name => "job-suspend";

    protected override Task CheckAsync(Injection injection, JsonObject seen, CancellationToken abort) => seen.Condition("Complete") || seen.Condition("Failed")
        ? throw new CraterException("CRT8082", $"'{injection.Target.Id}' has come to its end, so suspending it would do nothing. Choose a job that runs.")
        : Task.CompletedTask;

    protected override IEnumerable<(FieldPath At, JsonNode? During)> Aims(Injection injection, JsonObject seen) => [(FieldPath.Of("spec", "suspend"), true)];

    protected override string FieldsText(Injection injection, JsonObject seen) => $"suspend={(seen.Flag("spec", "suspend") ? "true" : "false")}";

    protected override string Mechanism(Injection injection) => "spec.suspend set through the API";
}
