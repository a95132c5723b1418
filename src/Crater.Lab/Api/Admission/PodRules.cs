using System.Text.Json.Nodes;
using Crater.Lab.Store;

namespace Crater.Lab.Api.Admission;

/// <summary>What a pod's specification must and must not say.</summary>
internal static class PodRules
{
    private static readonly string[] RestartPolicies = ["Always", "OnFailure", "Never"];
    private static readonly string[] PullPolicies = ["Always", "IfNotPresent", "Never"];

    /// <param name="claims">Volumes that each pod gets beside those of its template: the claims of a stateful set.</param>
    public static void Check(JsonObject? spec, string path, FieldErrors errors, params IEnumerable<string> claims)
    {
        if (spec is null || !spec.Each("containers").Any())
        {
            errors.Required($"{path}.containers");
            return;
        }

        var names = new HashSet<string>();
        CheckContainers(spec, "initContainers", path, names, errors);
        CheckContainers(spec, "containers", path, names, errors);
        OneOf($"{path}.restartPolicy", spec.Text("restartPolicy"), RestartPolicies, errors);
        PodSpecRules.Check(spec, path, errors);
        var volumes = spec.Each("volumes").Select(volume => volume.Text("name")).Concat(claims).ToHashSet();
        foreach (var (container, index) in spec.Each("containers").Select((container, index) => (container, index)))
        {
            foreach (var (mount, at) in container.Each("volumeMounts").Select((mount, at) => (mount, at)))
            {
                if (!volumes.Contains(mount.Text("name")))
                {
                    // Kubernetes says "Not found" here; it is the only rule that does.
                    errors.Add($"{path}.containers[{index}].volumeMounts[{at}].name", "FieldValueNotFound", $"Not found: \"{mount.Text("name")}\"");
                }
            }
        }
    }

    /// <param name="supported">In the order in which the real server lists them.</param>
    public static void OneOf(string field, string value, string[] supported, FieldErrors errors)
    {
        if (value.Length > 0 && !supported.Contains(value))
        {
            errors.NotSupported(field, value, isSorted: false, supported);
        }
    }

    private static void CheckContainers(JsonObject spec, string list, string path, HashSet<string> names, FieldErrors errors)
    {
        HashSet<string> hostPorts = [];
        foreach (var (container, index) in spec.Each(list).Select((container, index) => (container, index)))
        {
            var at = $"{path}.{list}[{index}]";
            var name = container.Text("name");
            if (name.Length == 0)
            {
                errors.Required($"{at}.name");
            }
            else if (!names.Add(name))
            {
                errors.Duplicate($"{at}.name", name);
            }
            else
            {
                Names.CheckContainerName($"{at}.name", name, errors);
            }

            if (container.Text("image").Length == 0)
            {
                errors.Required($"{at}.image");
            }

            OneOf($"{at}.imagePullPolicy", container.Text("imagePullPolicy"), PullPolicies, errors);
            CheckPorts(container, at, spec.Flag("hostNetwork"), hostPorts, errors);
            ContainerRules.Check(container, at, errors);
            ProbeRules.Check(container, at, spec.Number("terminationGracePeriodSeconds") ?? 30, errors);
            if (list == "initContainers" && container.Text("restartPolicy") != "Always")
            {
                foreach (var probe in (string[])["lifecycle", "livenessProbe", "readinessProbe", "startupProbe"])
                {
                    if (container[probe] is not null)
                    {
                        errors.Forbidden($"{at}.{probe}", "may not be set for init containers without restartPolicy=Always");
                    }
                }
            }

            foreach (var (entry, i) in container.Each("env").Select((entry, i) => (entry, i)))
            {
                if (entry.Text("name").Length == 0)
                {
                    errors.Required($"{at}.env[{i}].name");
                }
            }
        }
    }

    private static void CheckPorts(JsonObject container, string at, bool isHostNetwork, HashSet<string> hostPorts, FieldErrors errors)
    {
        foreach (var (port, i) in container.Each("ports").Select((port, i) => (port, i)))
        {
            if (port.Number("containerPort") is not { } number || number == 0)
            {
                errors.Required($"{at}.ports[{i}].containerPort");
            }
            else if (number is < 1 or > 65535)
            {
                errors.Invalid($"{at}.ports[{i}].containerPort", port["containerPort"], AddressRules.PortRange);
            }
            else if (isHostNetwork && port.Number("hostPort") is { } outer and > 0 && outer != number)
            {
                errors.Invalid($"{at}.ports[{i}].hostPort", port["hostPort"], "must match `containerPort` when `hostNetwork` is true");
            }

            if (port.Number("hostPort") is > 0 and var taken
                && !hostPorts.Add($"{(port.Text("protocol") is { Length: > 0 } protocol ? protocol : "TCP")}/{port.Text("hostIP")}/{taken}"))
            {
                errors.Duplicate($"{at}.ports[{i}].hostPort", $"{port.Text("protocol")}/{port.Text("hostIP")}/{taken}");
            }
        }
    }
}
