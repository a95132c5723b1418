using System.Text.Json.Nodes;
using Crater.Lab.Store;

namespace Crater.Lab.Api.Admission;

/// <summary>What registrations of other API servers must and must not say.</summary>
internal static class RegistrationRules
{
    public static void Check(JsonObject service, FieldErrors errors)
    {
        var spec = service.Map("spec");
        var (group, version) = (spec.Text("group"), spec.Text("version"));
        if (service.Name() != $"{version}.{group}")
        {
            errors.Invalid("metadata.name", service.Name(), $"must be `spec.version+\".\"+spec.group`: \"{version}.{group}\"");
        }

        if (group.Length > 0)
        {
            Names.CheckSubdomain("spec.group", group, errors);
        }
        else if (version != "v1")
        {
            errors.Required("spec.group", "only v1 may have an empty group and it better be legacy kube");
        }

        Names.CheckFirstLetter("spec.version", version, errors);
        Within(spec, "groupPriorityMinimum", 20000, errors);
        Within(spec, "versionPriority", 1000, errors);
        var (bundle, isBlind) = (spec.Text("caBundle"), spec.Flag("insecureSkipTLSVerify"));
        if (spec.Map("service") is not { } backend)
        {
            if (bundle.Length > 0)
            {
                errors.Invalid("spec.caBundle", $"{Convert.FromBase64String(bundle).Length} bytes", "local APIServices may not have a caBundle");
            }

            if (isBlind)
            {
                errors.Invalid("spec.insecureSkipTLSVerify", true, "local APIServices may not have insecureSkipTLSVerify");
            }

            return;
        }

        foreach (var field in (string[])["namespace", "name"])
        {
            if (backend.Text(field).Length == 0)
            {
                errors.Required($"spec.service.{field}");
            }
        }

        if (backend.Number("port") is { } port and not (>= 1 and <= 65535))
        {
            errors.Invalid("spec.service.port", port, $"port is not valid: {AddressRules.PortRange}");
        }

        if (isBlind && bundle.Length > 0)
        {
            errors.Invalid("spec.insecureSkipTLSVerify", true, "may not be true if caBundle is present");
        }
    }

    private static void Within(JsonObject? spec, string field, int most, FieldErrors errors)
    {
        if (spec.Number(field) is not { } value || value <= 0 || value > most)
        {
            errors.Invalid($"spec.{field}", spec.Number(field) ?? 0, $"must be positive and less than {most}");
        }
    }
}
