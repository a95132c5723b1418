using System.Text.Json.Nodes;
using Crater.Diagnostics;
using Crater.Drivers;
using Crater.Kubernetes.Client;
using Crater.Kubernetes.Drivers.Engines;

namespace Crater.Kubernetes.Drivers.ChaosMesh;

/// <summary>The object of one injection: one pod by its name, and nothing that its controller could choose. Its spec is never changed: the webhook refuses that.</summary>
internal static class MeshObject
{
    /// <summary>What the controller holds an object by until its records are recovered.</summary>
    public const string Finalizer = "chaos-mesh/records";

    /// <summary>Lets the finalizer go whatever is still in place: never set by us, and seen it means that faults may have leaked.</summary>
    public const string Forced = "chaos-mesh.chaos-mesh.org/cleanFinalizer";

    public const string Paused = "experiment.chaos-mesh.org/pause";

    /// <exception cref="CraterException">CRT8203: Chaos Mesh cannot say what is asked for. CRT8305: the pod declares no port, or several.</exception>
    public static JsonObject Of(Injection injection, MeshFault fault, EngineOptions options, DateTimeOffset deadline, JsonObject? pod)
    {
        var made = EngineObject.Of(fault.Resource, injection.Target.Namespace, injection, deadline);
        made["spec"] = Spec(injection, fault, options, pod);
        return made;
    }

    private static JsonObject Spec(Injection injection, MeshFault fault, EngineOptions options, JsonObject? pod)
    {
        var (space, name) = (injection.Target.Namespace, injection.Target.Name);
        var spec = new JsonObject { ["mode"] = "all", ["selector"] = new JsonObject { ["namespaces"] = new JsonArray(space), ["pods"] = new JsonObject { [space] = new JsonArray(name) } } };
        if (fault.Action.Length > 0)
        {
            spec["action"] = fault.Action;
        }

        if (!fault.IsOnce)
        {
            // Counted from the object's creation: what the controller needs to begin must not be taken from the fault. Our own end comes before.
            spec["duration"] = MeshFaults.Written(injection.Duration + options.Patience.Inject);
        }

        foreach (var (key, value) in fault.Say(injection.Fault, "Chaos Mesh").Where(pair => pair.Value.ToString().Length > 0))
        {
            Write(spec, key, value);
        }

        if (spec["target"] is JsonObject peers)
        {
            peers["selector"]!["namespaces"] = new JsonArray(space);
        }

        if (fault.NamesContainer)
        {
            var asked = injection.Fault.Text("container");
            spec["containerNames"] = new JsonArray(asked.Length > 0 ? asked : pod.Objects("spec", "containers").FirstOrDefault().Text("name"));
        }

        if (fault.NamesPort && spec["port"] is null)
        {
            spec["port"] = PortOf(injection, pod);
        }

        return spec;
    }

    private static int PortOf(Injection injection, JsonObject? pod)
    {
        var ports = pod.Objects("spec", "containers").SelectMany(container => container.Objects("ports")).Select(port => port.Integer("containerPort")).OfType<int>().Distinct().ToArray();
        return ports is [var only] ? only : throw new CraterException("CRT8305",
            $"Chaos Mesh has to be told the port of {injection.Fault.AskedAs}, and '{injection.Target.Id}' declares {(ports.Length == 0 ? "none" : string.Join(", ", ports))}. Choose a pod whose containers declare one port, or another driver.");
    }

    private static void Write(JsonObject spec, string key, JsonNode value)
    {
        var steps = key.Split('.');
        var at = spec;
        foreach (var step in steps[..^1])
        {
            at = (JsonObject)(at[step] ??= new JsonObject());
        }

        at[steps[^1]] = (key, value.ToString()) switch
        {
            ("abort", "true") => true,
            ("timeOffset", "ahead") => at[steps[^1]]?.DeepClone(),
            ("timeOffset", "back") => $"-{at[steps[^1]]}",
            _ => value.DeepClone(),
        };
    }
}
