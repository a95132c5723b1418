using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Crater.Lab.Store;

namespace Crater.Lab.Api.Admission;

/// <summary>What a container's ports, environment, probes and resources must and must not say.</summary>
internal static partial class ContainerRules
{
    private const string AtLeastZero = "must be greater than or equal to 0";

    private static readonly string[] PlainResources = ["cpu", "memory", "ephemeral-storage"];
    private static readonly string[] Protocols = ["SCTP", "TCP", "UDP"];
    private static readonly string[] Actions = ["exec", "httpGet", "tcpSocket", "grpc"];

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
        foreach (var probe in (string[])["livenessProbe", "readinessProbe", "startupProbe"])
        {
            if (container.Map(probe) is { } asked)
            {
                Probe(asked, $"{at}.{probe}", isReadiness: probe == "readinessProbe", errors);
            }
        }

        foreach (var part in (string[])["limits", "requests"])
        {
            foreach (var (name, _) in container.Map("resources", part) ?? [])
            {
                if (!PlainResources.Contains(name) && !name.Contains('/', StringComparison.Ordinal) && !name.StartsWith("hugepages-", StringComparison.Ordinal))
                {
                    errors.Invalid($"{at}.resources.{part}[{name}]", name, "must be a standard resource type or fully qualified");
                    errors.Invalid($"{at}.resources.{part}[{name}]", name, "must be a standard resource for containers");
                }
            }
        }

        if (container.Flag("securityContext", "privileged") && container.At("securityContext", "allowPrivilegeEscalation") is { } may && !container.Flag("securityContext", "allowPrivilegeEscalation"))
        {
            errors.Invalid($"{at}.securityContext", may, "cannot set `allowPrivilegeEscalation` to false and `privileged` to true");
        }

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
            else if (name.Any(letter => letter is '=' or < ' ' or > '~'))
            {
                errors.Invalid($"{path}.name", name, "a valid environment variable name must consist only of printable ASCII characters other than '='");
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

            if (from.Text("fieldRef", "fieldPath") is { Length: > 0 } field && !FieldPaths.Contains(field) && !Annotated().IsMatch(field))
            {
                errors.Invalid($"{path}.valueFrom.fieldRef.fieldPath", field, "error converting fieldPath: field label not supported: " + field);
            }
        }
    }

    private static void Probe(JsonObject probe, string path, bool isReadiness, FieldErrors errors)
    {
        var actions = Actions.Count(action => probe[action] is not null);
        if (actions == 0)
        {
            errors.Required(path, "must specify a handler type");
        }
        else if (actions > 1)
        {
            errors.Forbidden($"{path}.{Actions.Where(action => probe[action] is not null).ElementAt(1)}", "may not specify more than 1 handler type");
        }

        foreach (var action in (string[])["httpGet", "tcpSocket"])
        {
            if (probe.Map(action) is { } at && at.Number("port") is { } port && at["port"]!.GetValueKind() == System.Text.Json.JsonValueKind.Number && port is (< 1 or > 65535))
            {
                errors.Invalid($"{path}.{action}.port", port, "must be between 1 and 65535, inclusive");
            }
        }

        foreach (var field in (string[])["initialDelaySeconds", "timeoutSeconds", "periodSeconds", "successThreshold", "failureThreshold"])
        {
            if (probe.Number(field) is < 0)
            {
                errors.Invalid($"{path}.{field}", probe[field], AtLeastZero);
            }
        }

        if (!isReadiness && probe.Number("successThreshold") is { } good && good != 1)
        {
            errors.Invalid($"{path}.successThreshold", probe["successThreshold"], "must be 1");
        }
    }

    [GeneratedRegex("^[a-z0-9]([a-z0-9-]*[a-z0-9])?$")]
    private static partial Regex PortName();

    [GeneratedRegex(@"^metadata\.(labels|annotations)\['.+'\]$")]
    private static partial Regex Annotated();
}
