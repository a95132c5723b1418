using System.Text.Json.Nodes;
using Crater.Lab.Store;

namespace Crater.Lab.Api.Admission;

/// <summary>What the sources of a pod's volumes must and must not say.</summary>
internal static class VolumeRules
{
    private const long LeastTokenSeconds = 600;
    private const long ModeMax = 511;

    private static readonly string[] HostPathTypes = ["", "BlockDevice", "CharDevice", "Directory", "DirectoryOrCreate", "File", "FileOrCreate", "Socket"];

    public static void Check(JsonObject volume, string at, FieldErrors errors)
    {
        if (volume.Map("hostPath") is { } host)
        {
            HostPath(host, $"{at}.hostPath", errors);
        }

        if (volume.Map("configMap") is { } map)
        {
            Files(map, "name", $"{at}.configMap", errors);
        }

        if (volume.Map("secret") is { } secret)
        {
            Files(secret, "secretName", $"{at}.secret", errors);
        }

        if (volume.Map("persistentVolumeClaim") is { } claim && claim.Text("claimName").Length == 0)
        {
            errors.Required($"{at}.persistentVolumeClaim.claimName");
        }

        if (volume.Text("emptyDir", "sizeLimit").StartsWith('-'))
        {
            errors.Forbidden($"{at}.emptyDir.sizeLimit", "SizeLimit field must be a valid resource quantity");
        }

        foreach (var item in volume.Each("downwardAPI", "items").Where(item => item["fieldRef"] is null && item["resourceFieldRef"] is null))
        {
            errors.Required($"{at}.downwardAPI", "one of fieldRef and resourceFieldRef is required");
        }

        if (volume.Map("nfs") is { } share)
        {
            Share(share, $"{at}.nfs", errors);
        }

        foreach (var (index, source) in volume.Each("projected", "sources").Index())
        {
            if (source.Map("serviceAccountToken") is { } token && token.Number("expirationSeconds") is < LeastTokenSeconds)
            {
                errors.Invalid($"{at}.projected.sources[{index}].serviceAccountToken.expirationSeconds", token["expirationSeconds"], "may not specify a duration less than 10 minutes");
            }
        }
    }

    /// <summary>A path below a volume may neither be absolute nor lead out of it.</summary>
    public static void CheckLocalPath(string field, string path, FieldErrors errors)
    {
        if (path.StartsWith('/'))
        {
            errors.Invalid(field, path, "must be a relative path");
        }

        CheckNoWayUp(field, path, errors);
    }

    private static void CheckNoWayUp(string field, string path, FieldErrors errors)
    {
        if (path.Split('/').Contains(".."))
        {
            errors.Invalid(field, path, "must not contain '..'");
        }
    }

    private static void HostPath(JsonObject host, string at, FieldErrors errors)
    {
        if (host.Text("path").Length == 0)
        {
            errors.Required($"{at}.path");
        }

        CheckNoWayUp($"{at}.path", host.Text("path"), errors);
        PodRules.OneOf($"{at}.type", host.Text("type"), HostPathTypes, errors);
    }

    private static void Files(JsonObject source, string name, string at, FieldErrors errors)
    {
        if (source.Text(name).Length == 0)
        {
            errors.Required($"{at}.{name}");
        }

        Mode(source, "defaultMode", at, errors);
        foreach (var (index, item) in source.Each("items").Index())
        {
            if (item.Text("key").Length == 0)
            {
                errors.Required($"{at}.items[{index}].key");
            }

            if (item.Text("path").Length == 0)
            {
                errors.Required($"{at}.items[{index}].path");
            }

            CheckLocalPath($"{at}.items[{index}].path", item.Text("path"), errors);
            Mode(item, "mode", $"{at}.items[{index}]", errors);
        }
    }

    private static void Mode(JsonObject source, string field, string at, FieldErrors errors)
    {
        if (source.Number(field) is < 0 or > ModeMax)
        {
            errors.Invalid($"{at}.{field}", source[field], "must be a number between 0 and 0777 (octal), both inclusive");
        }
    }

    private static void Share(JsonObject share, string at, FieldErrors errors)
    {
        if (share.Text("server").Length == 0)
        {
            errors.Required($"{at}.server");
        }

        if (share.Text("path").Length == 0)
        {
            errors.Required($"{at}.path");
        }
        else if (!share.Text("path").StartsWith('/'))
        {
            errors.Invalid($"{at}.path", share.Text("path"), "must be an absolute path");
        }
    }
}
