using System.Text.Json.Nodes;
using Crater.Diagnostics;
using Crater.Kubernetes.Client;
using Crater.Kubernetes.Drivers.Engines;

namespace Crater.Kubernetes.Drivers.ChaosMesh;

/// <summary>What an object of Chaos Mesh says. Its conditions are read with its records: <c>AllRecovered</c> also holds before anything was injected.</summary>
internal sealed record MeshState(JsonObject Object)
{
    public IReadOnlyList<JsonObject> Records => [.. Object.Objects("status", "experiment", "containerRecords")];

    /// <summary>Those of the pod that is hit; peers have records too.</summary>
    public IReadOnlyList<JsonObject> Own(string space, string pod) =>
        [.. Records.Where(record => record.Text("id") is var id && (id == $"{space}/{pod}" || id.StartsWith($"{space}/{pod}/", StringComparison.Ordinal)))];

    public bool IsStopping => Object.Text("status", "experiment", "desiredPhase") == "Stop";

    public bool IsForced => Object.Annotation(MeshObject.Forced).Length > 0;

    public bool IsPaused => Object.Annotation(MeshObject.Paused) == "true";

    /// <summary>Every record that was ever injected was recovered as often. A record that waits to be injected will be, even when the end was asked for.</summary>
    public bool IsRecovered => Records.All(record => record.Text("phase") == "Not Injected" && (record.Integer("recoveredCount") ?? 0) >= (record.Integer("injectedCount") ?? 0));

    public bool IsInjected(string space, string pod) =>
        Object.Condition("AllInjected") && Own(space, pod) is { Count: > 0 } own && own.All(record => record.Text("phase") == "Injected");

    public string Text => $"{Object.Text("kind")} {Object.Name()} wants {(IsStopping ? "Stop" : "Run")}, {(Records.Count > 0
        ? string.Join(", ", Records.Select(record => $"{record.Text("id")} is {record.Text("phase")} ({record.Integer("injectedCount") ?? 0} injected, {record.Integer("recoveredCount") ?? 0} recovered)"))
        : "and has no records")}";

    /// <summary>Why it does not come to be in place; null while there is nothing wrong with waiting on.</summary>
    public Problem? TroubleOf(EnginePatience patience, TimeSpan waited)
    {
        var look = $"Look at 'kubectl describe {Object.Text("kind").ToLowerInvariant()} -n {Object.Namespace()} {Object.Name()}'.";
        if (waited <= patience.Controller)
        {
            return null;
        }

        if (Object.At("status", "conditions") is null && Records.Count == 0)
        {
            return new Problem("", "CRT8301", $"No controller acts on {Object.Text("kind")} {Object.Namespace()}/{Object.Name()}: it has no status. Look whether chaos-controller-manager runs and watches the namespace {Object.Namespace()}.");
        }

        if (Records.Count == 0)
        {
            return new Problem("", "CRT8302", $"Chaos Mesh selected no pod for {Object.Text("kind")} {Object.Namespace()}/{Object.Name()}, and does not look again. Where it filters namespaces, annotate {Object.Namespace()} with chaos-mesh.org/inject=enabled. {look}");
        }

        var failed = Records.SelectMany(record => record.Objects("events")).LastOrDefault(one => one.Text("type") == "Failed");
        return failed is not null ? new Problem("", "CRT8303", $"Chaos Mesh could not inject it: {failed.Text("message")}. {look}")
            : waited > patience.Inject ? new Problem("", "CRT8304", $"Chaos Mesh did not inject it in time: {Text}. {look}")
            : null;
    }
}
