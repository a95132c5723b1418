using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Crater.Lab.Store;

namespace Crater.Lab.Api.Admission;

/// <summary>The rules for names and labels, with Kubernetes' wording.</summary>
internal static partial class Names
{
    private const string SubdomainRule = "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and "
        + @"end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";

    private const string LabelRule = "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an "
        + "alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";

    private const string ValueRule = "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an "
        + "alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')";

    private const string KeyRule = "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric "
        + "character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";

    public static void Check(ResourceKind kind, JsonObject read, FieldErrors errors)
    {
        var name = read.Name();
        if (name.Length == 0)
        {
            errors.Required("metadata.name", "name or generateName is required");
        }
        else
        {
            CheckName(kind, name, errors);
        }

        foreach (var (key, value) in read.Labels())
        {
            CheckLabel("metadata.labels", key, value, errors);
        }
    }

    public static void CheckSubdomain(string field, string value, FieldErrors errors)
    {
        if (!Subdomain().IsMatch(value))
        {
            errors.Invalid(field, value, SubdomainRule);
        }
    }

    public static void CheckOwners(JsonObject read, FieldErrors errors)
    {
        foreach (var owner in read.Each("metadata", "ownerReferences").Where(owner => owner.Text("uid").Length == 0))
        {
            errors.Invalid("metadata.ownerReferences.uid", owner.Text("uid"), "must not be empty");
        }
    }

    public static void CheckAnnotations(JsonObject read, FieldErrors errors)
    {
        foreach (var (key, _) in read.Map("metadata", "annotations") ?? [])
        {
            if (!LabelKey().IsMatch(key.ToLowerInvariant()))
            {
                errors.Invalid("metadata.annotations", key, KeyRule);
            }
        }
    }

    public static void CheckLabel(string field, string key, string value, FieldErrors errors)
    {
        if (!LabelValue().IsMatch(value))
        {
            errors.Invalid(field, value, ValueRule);
        }
        else if (value.Length > 63)
        {
            errors.Invalid(field, value, "must be no more than 63 bytes");
        }

        if (!LabelKey().IsMatch(key))
        {
            errors.Invalid(field, key, KeyRule);
        }
    }

    public static void CheckContainerName(string field, string name, FieldErrors errors)
    {
        if (!Label().IsMatch(name))
        {
            errors.Invalid(field, name, LabelRule);
        }
    }

    private static void CheckName(ResourceKind kind, string name, FieldErrors errors)
    {
        switch (kind.Kind)
        {
            case "Namespace" or "Service" when kind.Group.Length == 0 && !Label().IsMatch(name):
                errors.Invalid("metadata.name", name, LabelRule);
                break;
            default:
                var isFree = kind.Group == "rbac.authorization.k8s.io";
                if (isFree ? name.Contains('/', StringComparison.Ordinal) || name.Contains('%', StringComparison.Ordinal) : !Subdomain().IsMatch(name))
                {
                    errors.Invalid("metadata.name", name, isFree ? "may not contain '/'" : SubdomainRule);
                }

                break;
        }

        var longest = kind.Kind is "Namespace" or "Service" ? 63 : 253;
        if (name.Length > longest)
        {
            errors.Invalid("metadata.name", name, $"must be no more than {longest} characters");
        }
    }

    [GeneratedRegex(@"^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$")]
    private static partial Regex Subdomain();

    [GeneratedRegex("^[a-z0-9]([-a-z0-9]*[a-z0-9])?$")]
    private static partial Regex Label();

    [GeneratedRegex("^(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?$")]
    private static partial Regex LabelValue();

    [GeneratedRegex("^([a-z0-9]([-a-z0-9.]*[a-z0-9])?/)?([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]$")]
    private static partial Regex LabelKey();
}
