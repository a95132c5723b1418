using System.Text.Json.Nodes;
using Crater.Lab.Store;
using Crater.Targets;

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
            CheckPorts(container, at, errors);
            ContainerRules.Check(container, at, errors);
            CheckResources(container, at, errors);
            foreach (var (entry, i) in container.Each("env").Select((entry, i) => (entry, i)))
            {
                if (entry.Text("name").Length == 0)
                {
                    errors.Required($"{at}.env[{i}].name");
                }
            }
        }
    }

    private static void CheckPorts(JsonObject container, string at, FieldErrors errors)
    {
        foreach (var (port, i) in container.Each("ports").Select((port, i) => (port, i)))
        {
            if (port.Number("containerPort") is not { } number || number == 0)
            {
                errors.Required($"{at}.ports[{i}].containerPort");
            }
            else if (number is < 1 or > 65535)
            {
                errors.Invalid($"{at}.ports[{i}].containerPort", port["containerPort"], "must be between 1 and 65535, inclusive");
            }
        }
    }

    private static void CheckResources(JsonObject container, string at, FieldErrors errors)
    {
        foreach (var (name, asked) in container.Map("resources", "requests") ?? [])
        {
            var limit = container.Text("resources", "limits", name);
            if (!Quantity.TryParse(asked.Text(), out var least))
            {
                continue;
            }

            if (least < 0)
            {
                errors.Invalid($"{at}.resources.requests[{name}]", asked.Text(), "must be greater than or equal to 0");
            }

            if (Quantity.TryParse(limit, out var most) && limit.Length > 0 && least > most)
            {
                errors.Invalid($"{at}.resources.requests", asked.Text(), $"must be less than or equal to {name} limit of {limit}");
            }
        }
    }
}
