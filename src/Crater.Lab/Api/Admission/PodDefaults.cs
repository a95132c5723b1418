using System.Text.Json.Nodes;
using Crater.Lab.Store;
using Crater.Targets;

namespace Crater.Lab.Api.Admission;

/// <summary>Defaults of a pod's specification, and what admission adds to a pod.</summary>
internal static class PodDefaults
{
    /// <summary>How long a pod stays on a node that is not ready or not reachable, as the real admission plugin sets it.</summary>
    private const int NodeLossSeconds = 300;

    public static void ApplyTemplate(JsonObject? owner)
    {
        if (owner.Map("template", "spec") is { } spec)
        {
            Apply(spec);
        }
    }

    public static void Apply(JsonObject spec)
    {
        Defaults.Set(spec, "restartPolicy", "Always");
        Defaults.Set(spec, "terminationGracePeriodSeconds", 30);
        if (spec.Number("terminationGracePeriodSeconds") < 0)
        {
            spec["terminationGracePeriodSeconds"] = 1;
        }

        Defaults.Set(spec, "dnsPolicy", "ClusterFirst");
        Defaults.Set(spec, "securityContext", new JsonObject());
        Defaults.Set(spec, "schedulerName", "default-scheduler");
        if (spec.Text("serviceAccountName") is { Length: > 0 } account)
        {
            spec["serviceAccount"] = account;
        }

        foreach (var container in spec.Each("containers").Concat(spec.Each("initContainers")).Concat(spec.Each("ephemeralContainers")))
        {
            Container(container);
        }

        foreach (var volume in spec.Each("volumes"))
        {
            if (volume.Count == 1 && volume["name"] is not null)
            {
                volume["emptyDir"] = new JsonObject();
            }

            foreach (var source in (string[])["configMap", "secret", "downwardAPI", "projected"])
            {
                if (volume.Map(source) is { } map)
                {
                    Defaults.Set(map, "defaultMode", 420);
                }
            }
        }
    }

    /// <summary>What only a pod gets, not a template, before anybody's plug-in sees it.</summary>
    public static void ApplyPod(JsonObject spec)
    {
        Apply(spec);
        Defaults.Set(spec, "enableServiceLinks", true);
        foreach (var container in spec.Each("containers").Concat(spec.Each("initContainers")))
        {
            foreach (var (name, limit) in container.Map("resources", "limits")?.ToList() ?? [])
            {
                Defaults.Set(container.Make("resources", "requests"), name, limit!.DeepClone());
            }
        }
    }

    /// <summary>What admission adds to a new pod: tolerations, priority, the first status.</summary>
    public static void Admit(JsonObject pod, JsonObject spec)
    {
        spec["serviceAccount"] = spec.Text("serviceAccountName");
        Defaults.Set(spec, "preemptionPolicy", "PreemptLowerPriority");
        Defaults.Set(spec, "priority", 0);
        Tolerate(spec);
        pod["status"] = new JsonObject { ["phase"] = "Pending", ["qosClass"] = QualityOf(spec) };
        if (spec.Each("schedulingGates").Any())
        {
            pod.Make("status")["conditions"] = new JsonArray(new JsonObject
            {
                ["type"] = "PodScheduled",
                ["status"] = "False",
                ["lastProbeTime"] = null,
                ["lastTransitionTime"] = pod.Text("metadata", "creationTimestamp"),
                ["reason"] = "SchedulingGated",
                ["message"] = "Scheduling is blocked due to non-empty scheduling gates",
            });
        }
    }

    /// <summary>Every pod bears the loss of its node for a while, unless it says how long; looked at whenever a pod is written.</summary>
    public static void Tolerate(JsonObject spec)
    {
        var tolerations = spec["tolerations"] as JsonArray ?? [];
        spec["tolerations"] = tolerations;
        foreach (var key in (string[])["node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable"])
        {
            if (!tolerations.Any(one => (one.Text("key") == key || (one.Text("key").Length == 0 && one.Text("operator") == "Exists"))
                && one.Text("effect") is "" or "NoExecute"))
            {
                tolerations.Add((JsonNode)new JsonObject
                {
                    ["key"] = key,
                    ["operator"] = "Exists",
                    ["effect"] = "NoExecute",
                    ["tolerationSeconds"] = NodeLossSeconds,
                });
            }
        }
    }

    private static void Container(JsonObject container)
    {
        Defaults.Set(container, "terminationMessagePath", "/dev/termination-log");
        Defaults.Set(container, "terminationMessagePolicy", "File");
        Defaults.Set(container, "resources", new JsonObject());
        var image = container.Text("image");
        var isLatest = image.EndsWith(":latest", StringComparison.Ordinal)
            || image.LastIndexOf(':') <= image.LastIndexOf('/');
        Defaults.Set(container, "imagePullPolicy", isLatest && !image.Contains('@', StringComparison.Ordinal) ? "Always" : "IfNotPresent");
        foreach (var port in container.Each("ports"))
        {
            Defaults.Set(port, "protocol", "TCP");
        }

        foreach (var field in container.Each("env").Select(entry => entry.Map("valueFrom", "fieldRef")).OfType<JsonObject>())
        {
            Defaults.Set(field, "apiVersion", "v1");
        }

        foreach (var probe in (string[])["livenessProbe", "readinessProbe", "startupProbe"])
        {
            if (container.Map(probe) is { } map)
            {
                Probe(map);
            }
        }
    }

    private static void Probe(JsonObject probe)
    {
        Defaults.Set(probe, "timeoutSeconds", 1);
        Defaults.Set(probe, "periodSeconds", 10);
        Defaults.Set(probe, "successThreshold", 1);
        Defaults.Set(probe, "failureThreshold", 3);
        if (probe.Map("httpGet") is { } get)
        {
            Defaults.Set(get, "path", "/");
            Defaults.Set(get, "scheme", "HTTP");
        }
    }

    /// <summary>Guaranteed, Burstable or BestEffort, from what the containers ask for and may use.</summary>
    private static string QualityOf(JsonObject spec)
    {
        var containers = spec.Each("containers").ToList();
        bool Same(JsonObject container, string name) => container.Text("resources", "limits", name) is { Length: > 0 } limit
            && Quantity.TryParse(limit, out var most)
            && Quantity.TryParse(container.Text("resources", "requests", name), out var asked) && most.Equals(asked);
        if (containers.TrueForAll(container => Same(container, "cpu") && Same(container, "memory")))
        {
            return "Guaranteed";
        }

        return containers.Exists(container => container.Map("resources", "requests") is { Count: > 0 } || container.Map("resources", "limits") is { Count: > 0 })
            ? "Burstable" : "BestEffort";
    }
}
