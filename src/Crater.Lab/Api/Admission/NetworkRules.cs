using System.Text.Json.Nodes;
using Crater.Lab.Store;

namespace Crater.Lab.Api.Admission;

/// <summary>What services and ingresses must and must not say.</summary>
internal static class NetworkRules
{
    private const string PortRange = "must be between 1 and 65535, inclusive";

    private static readonly string[] ServiceTypes = ["ClusterIP", "ExternalName", "LoadBalancer", "NodePort"];
    private static readonly string[] PathTypes = ["Exact", "ImplementationSpecific", "Prefix"];

    public static void CheckService(JsonObject? spec, FieldErrors errors)
    {
        if (spec.Text("type") == "ExternalName")
        {
            if (spec.Text("externalName").Length == 0)
            {
                errors.Required("spec.externalName");
            }

            return;
        }

        CheckPorts(spec, errors);
        PodRules.OneOf("spec.type", spec.Text("type"), ServiceTypes, errors);
        PodRules.OneOf("spec.sessionAffinity", spec.Text("sessionAffinity"), ["ClientIP", "None"], errors);
        if (spec.Text("clusterIP") is { Length: > 0 } address and not "None" && (address.Count(letter => letter == '.') != 3 || !System.Net.IPAddress.TryParse(address, out _)))
        {
            errors.Invalid("spec.clusterIPs[0]", address, "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)");
        }

    }

    private static void CheckPorts(JsonObject? spec, FieldErrors errors)
    {
        var ports = spec.Each("ports").ToList();
        if (ports.Count == 0 && spec.Text("clusterIP") != "None")
        {
            errors.Required("spec.ports");
        }

        var names = new HashSet<string>();
        for (var i = 0; i < ports.Count; i++)
        {
            var name = ports[i].Text("name");
            if (name.Length == 0 && ports.Count > 1)
            {
                errors.Required($"spec.ports[{i}].name");
            }
            else if (!names.Add(name))
            {
                errors.Duplicate($"spec.ports[{i}].name", name);
            }

            PodRules.OneOf($"spec.ports[{i}].protocol", ports[i].Text("protocol"), ["SCTP", "TCP", "UDP"], errors);
            if (ports[i].Number("nodePort") is { } nodePort and not 0 && nodePort is < 30000 or > 32767)
            {
                errors.Invalid($"spec.ports[{i}].nodePort", ports[i]["nodePort"], "provided port is not in the valid range. The range of valid ports is 30000-32767");
            }

            if (ports[i].Number("port") is not (>= 1 and <= 65535))
            {
                errors.Invalid($"spec.ports[{i}].port", ports[i].At("port") ?? 0, PortRange);
            }

            if (ports[i].At("targetPort") is JsonValue target && target.GetValueKind() == System.Text.Json.JsonValueKind.Number
                && ports[i].Number("targetPort") is not (>= 1 and <= 65535))
            {
                errors.Invalid($"spec.ports[{i}].targetPort", target, PortRange);
            }
            else if (ports[i].Text("targetPort") is { Length: > 0 } named && !named.All(char.IsAsciiDigit) && named.Any(letter => !char.IsAsciiLetterLower(letter) && !char.IsAsciiDigit(letter) && letter != '-'))
            {
                errors.Invalid($"spec.ports[{i}].targetPort", named, "must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)");
                if (!named.Any(char.IsAsciiLetterLower))
                {
                    errors.Invalid($"spec.ports[{i}].targetPort", named, "must contain at least one letter (a-z)");
                }
            }
        }
    }

    public static void CheckIngress(JsonObject? spec, FieldErrors errors)
    {
        if (!spec.Each("rules").Any() && spec.Map("defaultBackend") is null)
        {
            errors.Invalid("spec", null, "either `defaultBackend` or `rules` must be specified");
        }

        foreach (var (rule, i) in spec.Each("rules").Select((rule, i) => (rule, i)))
        {
            if (rule.Text("host") is { Length: > 0 } host)
            {
                Names.CheckSubdomain($"spec.rules[{i}].host", host.StartsWith("*.", StringComparison.Ordinal) ? host[2..] : host, errors);
            }

            foreach (var (path, j) in rule.Each("http", "paths").Select((path, j) => (path, j)))
            {
                CheckPath(path, $"spec.rules[{i}].http.paths[{j}]", errors);
            }
        }
    }

    private static void CheckPath(JsonObject path, string at, FieldErrors errors)
    {
        var type = path.Text("pathType");
        if (type.Length == 0)
        {
            errors.Required($"{at}.pathType", "pathType must be specified");
        }

        PodRules.OneOf($"{at}.pathType", type, PathTypes, errors);
        if (type is "Exact" or "Prefix" && !path.Text("path").StartsWith('/'))
        {
            errors.Invalid($"{at}.path", path.Text("path"), "must be an absolute path");
        }

        if (path.Map("backend", "service") is { } service)
        {
            if (service.Text("name").Length == 0)
            {
                errors.Required($"{at}.backend.service.name");
            }

            if (service.Text("port", "name").Length == 0 && service.Number("port", "number") is not > 0)
            {
                errors.Required($"{at}.backend", "port name or number is required");
            }
        }
        else if (path.Map("backend", "resource") is null)
        {
            errors.Invalid($"{at}.backend", "", "cannot be empty");
        }
    }
}
