using System.Text.Json.Nodes;
using Crater.Lab.Store;

namespace Crater.Lab.Api.Admission;

/// <summary>Containers that are put into a pod that is there already (kubectl debug): they may be added, and nothing else.</summary>
internal static class EphemeralRules
{
    /// <summary>The subresource of pods by which they are added.</summary>
    public const string Subresource = "ephemeralcontainers";

    private const string Path = "spec.ephemeralContainers";

    private static readonly string[] NotTheirs =
        ["ports", "resources", "resizePolicy", "restartPolicy", "restartPolicyRules", "livenessProbe", "readinessProbe", "startupProbe", "lifecycle"];

    public static void Check(JsonObject? spec, FieldErrors errors)
    {
        var others = spec.Each("containers").Concat(spec.Each("initContainers")).Select(container => container.Text("name")).ToHashSet();
        var names = others.ToHashSet();
        foreach (var (index, container) in spec.Each("ephemeralContainers").Index())
        {
            var at = $"{Path}[{index}]";
            Name(container.Text("name"), at, names, errors);
            if (container.Text("image").Length == 0)
            {
                errors.Required($"{at}.image");
            }

            ContainerRules.Check(container, at, errors);
            if (container.Text("targetContainerName") is { Length: > 0 } target && !others.Contains(target))
            {
                errors.Add($"{at}.targetContainerName", "FieldValueNotFound", $"Not found: \"{target}\"");
            }

            foreach (var field in NotTheirs.Where(field => container[field] is not (null or JsonObject { Count: 0 } or JsonArray { Count: 0 })))
            {
                errors.Forbidden($"{at}.{field}", "cannot be set for an Ephemeral Container");
            }

            Mounts(spec, container, at, errors);
        }
    }

    /// <summary>What the subresource may change: nothing that is there.</summary>
    public static void CheckUpdate(JsonObject? spec, JsonObject? before, FieldErrors errors)
    {
        var now = spec.Each("ephemeralContainers").ToDictionary(container => container.Text("name"));
        foreach (var old in before.Each("ephemeralContainers"))
        {
            if (!now.TryGetValue(old.Text("name"), out var kept))
            {
                errors.Forbidden(Path, $"existing ephemeral containers \"{old.Text("name")}\" may not be removed\n");
            }
            else if (!JsonNode.DeepEquals(old, kept))
            {
                errors.Forbidden(Path, $"existing ephemeral containers \"{old.Text("name")}\" may not be changed\n");
            }
        }
    }

    private static void Name(string name, string at, HashSet<string> names, FieldErrors errors)
    {
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
    }

    private static void Mounts(JsonObject? spec, JsonObject container, string at, FieldErrors errors)
    {
        var volumes = spec.Each("volumes").Select(volume => volume.Text("name")).ToHashSet();
        foreach (var (index, mount) in container.Each("volumeMounts").Index())
        {
            if (!volumes.Contains(mount.Text("name")))
            {
                errors.Add($"{at}.volumeMounts[{index}].name", "FieldValueNotFound", $"Not found: \"{mount.Text("name")}\"");
            }

            foreach (var field in ((string[])["subPath", "subPathExpr"]).Where(field => mount.Text(field).Length > 0))
            {
                errors.Forbidden($"{at}.volumeMounts[{index}].{field}", "cannot be set for an Ephemeral Container");
            }
        }
    }
}
