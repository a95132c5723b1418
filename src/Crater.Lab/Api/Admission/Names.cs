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

    private const string FirstLetterRule = "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an "
        + "alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?')";

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

        if (read.Text("metadata", "generateName") is { Length: > 0 } prefix && kind.Definition is null && kind.Group != "rbac.authorization.k8s.io")
        {
            CheckSubdomain("metadata.generateName", prefix.TrimEnd('-'), prefix, errors);
        }

        foreach (var (key, value) in read.Labels())
        {
            CheckLabel("metadata.labels", key, value, errors);
        }
    }

    public static void CheckSubdomain(string field, string value, FieldErrors errors) => CheckSubdomain(field, value, value, errors);

    /// <param name="said">What the writer said, of which the value is the part that counts.</param>
    private static void CheckSubdomain(string field, string value, string said, FieldErrors errors)
    {
        if (!Subdomain().IsMatch(value))
        {
            errors.Invalid(field, said, SubdomainRule);
        }
    }

    public static void CheckOwners(JsonObject read, FieldErrors errors)
    {
        foreach (var owner in read.Each("metadata", "ownerReferences").Where(owner => owner.Text("uid").Length == 0))
        {
            errors.Invalid("metadata.ownerReferences.uid", owner.Text("uid"), "must not be empty");
        }

        foreach (var owner in read.Each("metadata", "ownerReferences").Where(IsEvent))
        {
            errors.Invalid("metadata.ownerReferences", owner, $"{(owner.Text("apiVersion") == "v1" ? "/v1" : owner.Text("apiVersion"))}, Kind=Event is disallowed");
        }

        if (read.Each("metadata", "ownerReferences").Where(owner => owner.Flag("controller")).Take(2).ToList() is [var first, var second])
        {
            errors.Invalid("metadata.ownerReferences", read.At("metadata", "ownerReferences"), "Only one reference can have Controller set to true. Found \"true\" in references for "
                + $"{first.Text("kind")}/{first.Text("name")} and {second.Text("kind")}/{second.Text("name")}");
        }
    }

    /// <summary>Events come and go by themselves: nothing can be theirs.</summary>
    private static bool IsEvent(JsonObject owner) => owner.Text("kind") == "Event" && owner.Text("apiVersion") is "v1" or "events.k8s.io/v1";

    public static void CheckAnnotations(JsonObject read, FieldErrors errors)
    {
        foreach (var (key, _) in read.Map("metadata", "annotations") ?? [])
        {
            CheckQualified("metadata.annotations", key.ToLowerInvariant(), errors);
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

        CheckQualified(field, key, errors);
    }

    /// <summary>A name, and before it the domain that it belongs to where there is a slash.</summary>
    public static void CheckQualified(string field, string value, FieldErrors errors)
    {
        var slash = value.IndexOf('/', StringComparison.Ordinal);
        var name = value[(slash + 1)..];
        if (slash >= 0 && !Subdomain().IsMatch(value[..slash]))
        {
            errors.Invalid(field, value, slash == 0 ? "prefix part must be non-empty" : "prefix part " + SubdomainRule);
        }

        if (name.Length == 0)
        {
            errors.Invalid(field, value, "name part must be non-empty");
        }
        else if (name.Length > 63)
        {
            errors.Invalid(field, value, "name part must be no more than 63 bytes");
        }

        if (name.Length == 0 || !NamePart().IsMatch(name))
        {
            errors.Invalid(field, value, KeyRule);
        }
    }

    public static void CheckContainerName(string field, string name, FieldErrors errors)
    {
        if (name.Length > 63)
        {
            errors.Invalid(field, name, "must be no more than 63 characters");
        }

        if (!Label().IsMatch(name))
        {
            errors.Invalid(field, name, LabelRule);
        }
    }

    /// <summary>A label that begins with a letter, as versions do.</summary>
    public static void CheckFirstLetter(string field, string name, FieldErrors errors)
    {
        if (!FirstLetter().IsMatch(name))
        {
            errors.Invalid(field, name, FirstLetterRule);
        }
    }

    /// <summary>The name of a kind may have capitals.</summary>
    public static void CheckKind(string field, string name, FieldErrors errors)
    {
        if (name.Length > 0 && !FirstLetter().IsMatch(name.ToLowerInvariant()))
        {
            errors.Invalid(field, name, "may have mixed case, but should otherwise match: " + FirstLetterRule);
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

    [GeneratedRegex("^[a-z]([-a-z0-9]*[a-z0-9])?$")]
    private static partial Regex FirstLetter();

    [GeneratedRegex("^(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?$")]
    private static partial Regex LabelValue();

    [GeneratedRegex("^([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]$")]
    private static partial Regex NamePart();
}
