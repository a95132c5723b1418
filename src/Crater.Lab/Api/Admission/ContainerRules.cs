using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Crater.Lab.Store;

namespace Crater.Lab.Api.Admission;

/// <summary>What a container's ports, environment and mounts must and must not say.</summary>
internal static partial class ContainerRules
{
    private static readonly string[] Protocols = ["SCTP", "TCP", "UDP"];

    private static readonly string[] ResourceFields = ["limits.cpu", "limits.ephemeral-storage", "limits.memory", "requests.cpu", "requests.ephemeral-storage", "requests.memory"];

    private static readonly string[] FieldPaths =
        ["metadata.name", "metadata.namespace", "metadata.uid", "spec.nodeName", "spec.serviceAccountName", "status.hostIP", "status.hostIPs", "status.podIP", "status.podIPs"];

    public static void Check(JsonObject container, string at, FieldErrors errors)
    {
        if (container.Text("image") is { Length: > 0 } image && image != image.Trim())
        {
            errors.Invalid($"{at}.image", image, "must not have leading or trailing whitespace");
        }

        Ports(container, at, errors);
        Environment(container, at, errors);
        EnvironmentFrom(container, at, errors);
        ResourceRules.Check(container, at, errors);
        SecurityRules.CheckContainer(container, at, errors);
        PodRules.OneOf($"{at}.terminationMessagePolicy", container.Text("terminationMessagePolicy"), ["File", "FallbackToLogsOnError"], errors);

        HashSet<string> paths = [];
        foreach (var (mount, i) in container.Each("volumeMounts").Select((mount, i) => (mount, i)))
        {
            if (mount.Text("mountPath").Length == 0)
            {
                errors.Required($"{at}.volumeMounts[{i}].mountPath");
            }
            else if (!paths.Add(mount.Text("mountPath")))
            {
                errors.Invalid($"{at}.volumeMounts[{i}].mountPath", mount.Text("mountPath"), "must be unique");
            }

            VolumeRules.CheckLocalPath($"{at}.volumeMounts.subPath", mount.Text("subPath"), errors);
        }
    }

    private static void Ports(JsonObject container, string at, FieldErrors errors)
    {
        HashSet<string> names = [];
        foreach (var (port, i) in container.Each("ports").Select((port, i) => (port, i)))
        {
            var name = port.Text("name");
            if (name.Length > 15)
            {
                errors.Invalid($"{at}.ports[{i}].name", name, "must be no more than 15 characters");
            }

            if (name.Length > 0 && !PortName().IsMatch(name))
            {
                errors.Invalid($"{at}.ports[{i}].name", name, "must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)");
            }
            else if (name.Length > 0 && !names.Add(name))
            {
                errors.Duplicate($"{at}.ports[{i}].name", name);
            }

            PodRules.OneOf($"{at}.ports[{i}].protocol", port.Text("protocol"), Protocols, errors);
            if (port.Number("hostPort") is < 0 or > 65535)
            {
                errors.Invalid($"{at}.ports[{i}].hostPort", port["hostPort"], "must be between 1 and 65535, inclusive");
            }
        }
    }

    private static void Environment(JsonObject container, string at, FieldErrors errors)
    {
        foreach (var (entry, i) in container.Each("env").Select((entry, i) => (entry, i)))
        {
            var path = $"{at}.env[{i}]";
            var name = entry.Text("name");
            if (name.Length == 0)
            {
                errors.Required($"{path}.name");
            }
            else
            {
                VariableName($"{path}.name", name, errors);
            }

            if (entry.Map("valueFrom") is not { } from)
            {
                continue;
            }

            if (entry.Text("value").Length > 0)
            {
                errors.Invalid($"{path}.valueFrom", "", "may not be specified when `value` is not empty");
            }

            if (from.Count == 0)
            {
                errors.Invalid($"{path}.valueFrom", "", "must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef`, `secretKeyRef`, or `fileKeyRef`");
            }
            else if (from.Count > 1)
            {
                errors.Invalid($"{path}.valueFrom", "", "may not have more than one field specified at a time");
            }

            foreach (var source in (string[])["configMapKeyRef", "secretKeyRef"])
            {
                if (from.Map(source) is { } key)
                {
                    Names.CheckSubdomain($"{path}.valueFrom.{source}.name", key.Text("name"), errors);
                }
            }

            if (from.Text("resourceFieldRef", "resource") is { Length: > 0 } resource && !resource.Contains("hugepages-", StringComparison.Ordinal))
            {
                PodRules.OneOf($"{path}.valueFrom.resourceFieldRef.resource", resource, ResourceFields, errors);
            }

            if (from.Text("fieldRef", "fieldPath") is { Length: > 0 } field && !FieldPaths.Contains(field) && !Annotated().IsMatch(field))
            {
                errors.Invalid($"{path}.valueFrom.fieldRef.fieldPath", field, "error converting fieldPath: field label not supported: " + field);
            }
        }
    }

    private static void EnvironmentFrom(JsonObject container, string at, FieldErrors errors)
    {
        foreach (var (i, from) in container.Each("envFrom").Index())
        {
            VariableName($"{at}.envFrom[{i}].prefix", from.Text("prefix"), errors);
            if (from["configMapRef"] is null && from["secretRef"] is null)
            {
                errors.Invalid($"{at}.envFrom", "", "must specify one of: `configMapRef` or `secretRef`");
            }
        }
    }

    private static void VariableName(string field, string name, FieldErrors errors)
    {
        if (name.Any(letter => letter is '=' or < ' ' or > '~'))
        {
            errors.Invalid(field, name, "a valid environment variable name must consist only of printable ASCII characters other than '='");
        }
    }

    [GeneratedRegex("^[a-z0-9]([a-z0-9-]*[a-z0-9])?$")]
    private static partial Regex PortName();

    [GeneratedRegex(@"^metadata\.(labels|annotations)\['.+'\]$")]
    private static partial Regex Annotated();
}
