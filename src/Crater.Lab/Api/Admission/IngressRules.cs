using System.Text.Json.Nodes;
using Crater.Lab.Store;

namespace Crater.Lab.Api.Admission;

/// <summary>What ingresses must and must not say.</summary>
internal static class IngressRules
{
    private static readonly string[] PathTypes = ["Exact", "ImplementationSpecific", "Prefix"];

    /// <summary>Every port of a service that an ingress leads to.</summary>
    public static IEnumerable<JsonObject> Ports(JsonObject ingress) => ingress.Each("spec", "rules").SelectMany(rule => rule.Each("http", "paths"))
        .Select(path => path.Map("backend", "service", "port")).Append(ingress.Map("spec", "defaultBackend", "service", "port")).OfType<JsonObject>();

    public static void Check(JsonObject? spec, FieldErrors errors)
    {
        if (!spec.Each("rules").Any() && spec.Map("defaultBackend") is null)
        {
            errors.Invalid("spec", null, "either `defaultBackend` or `rules` must be specified");
        }

        if (spec.Text("ingressClassName") is { Length: > 0 } named)
        {
            Names.CheckSubdomain("spec.ingressClassName", named, errors);
        }

        foreach (var (i, secured) in spec.Each("tls").Index())
        {
            foreach (var (j, host) in secured.Texts("hosts").Index())
            {
                Names.CheckSubdomain($"spec.tls[{i}].hosts[{j}]", host.StartsWith("*.", StringComparison.Ordinal) ? host[2..] : host, errors);
            }
        }

        foreach (var (rule, i) in spec.Each("rules").Select((rule, i) => (rule, i)))
        {
            if (System.Net.IPAddress.TryParse(rule.Text("host"), out _))
            {
                errors.Invalid($"spec.rules[{i}].host", rule.Text("host"), "must be a DNS name, not an IP address");
            }
            else if (rule.Text("host") is { Length: > 0 } host)
            {
                Names.CheckSubdomain($"spec.rules[{i}].host", host.StartsWith("*.", StringComparison.Ordinal) ? host[2..] : host, errors);
            }

            if (rule.Map("http") is { } http && !http.Each("paths").Any())
            {
                errors.Required($"spec.rules[{i}].http.paths");
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

        if (type is "Exact" or "Prefix" && path.Text("path").Contains("//", StringComparison.Ordinal))
        {
            errors.Invalid($"{at}.path", path.Text("path"), "must not contain '//'");
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
            else if (service.Text("port", "name").Length > 0 && service.Number("port", "number") is > 0)
            {
                errors.Invalid($"{at}.backend", "", "cannot set both port name & port number");
            }
        }
        else if (path.Map("backend", "resource") is null)
        {
            errors.Invalid($"{at}.backend", "", "cannot be empty");
        }
    }
}
