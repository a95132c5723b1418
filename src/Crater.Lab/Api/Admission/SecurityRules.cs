using System.Text.Json.Nodes;
using Crater.Lab.Store;

namespace Crater.Lab.Api.Admission;

/// <summary>What the security contexts of pods and containers must and must not say.</summary>
internal static class SecurityRules
{
    private const string IdRange = "must be between 0 and 2147483647, inclusive";

    private static readonly string[] SeccompTypes = ["Localhost", "RuntimeDefault", "Unconfined"];

    public static void CheckContainer(JsonObject container, string at, FieldErrors errors)
    {
        var context = container.Map("securityContext");
        Both(context, $"{at}.securityContext", errors);
        PodRules.OneOf($"{at}.securityContext.procMount", context.Text("procMount"), ["Default", "Unmasked"], errors);
        if (context.Flag("privileged") && context.At("allowPrivilegeEscalation") is { } may && !context.Flag("allowPrivilegeEscalation"))
        {
            errors.Invalid($"{at}.securityContext", may, "cannot set `allowPrivilegeEscalation` to false and `privileged` to true");
        }
    }

    public static void CheckPod(JsonObject spec, string path, FieldErrors errors)
    {
        var context = spec.Map("securityContext");
        Both(context, $"{path}.securityContext", errors);
        PodRules.OneOf($"{path}.securityContext.fsGroupChangePolicy", context.Text("fsGroupChangePolicy"), ["Always", "OnRootMismatch"], errors);
        if (spec.Flag("shareProcessNamespace") && spec.Flag("hostPID"))
        {
            errors.Invalid($"{path}.securityContext.shareProcessNamespace", true, "ShareProcessNamespace and HostPID cannot both be enabled");
        }
    }

    private static void Both(JsonObject? context, string at, FieldErrors errors)
    {
        foreach (var id in (string[])["fsGroup", "runAsUser", "runAsGroup"])
        {
            if (context.Number(id) is < 0 or > int.MaxValue)
            {
                errors.Invalid($"{at}.{id}", context!.At(id), IdRange);
            }
        }

        PodRules.OneOf($"{at}.seccompProfile.type", context.Text("seccompProfile", "type"), SeccompTypes, errors);
        if (context.Text("seccompProfile", "type") == "Localhost" && context.Text("seccompProfile", "localhostProfile").Length == 0)
        {
            errors.Required($"{at}.seccompProfile.localhostProfile", "must be set when seccomp type is Localhost");
        }
    }
}
