using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Crater.Lab.Api.CustomResources;
using Crater.Lab.Api.Schemas;
using Crater.Lab.Store;

namespace Crater.Lab.Api;

/// <summary>Whether what a writer sends is what it says, before anything is made of it.</summary>
internal static class ObjectChecks
{
    /// <summary>How much of an object that is not understood a refusal shows, in characters.</summary>
    private const int SummaryMax = 30;

    private static readonly JsonSerializerOptions Relaxed = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <exception cref="ApiException">It is of another kind or version, or has a field that its type does not have.</exception>
    public static void Type(ResourceKind kind, JsonObject read, WriteOptions options)
    {
        if (options.IsPatch && read.Text("kind").Length > 0 && (read.Text("kind") != kind.Kind || read.Text("apiVersion") != kind.ApiVersion))
        {
            throw PatchRefused(read, ApiException.BadRequest($"no kind \"{read.Text("kind")}\" is registered for version \"{read.Text("apiVersion")}\" in scheme"));
        }

        if (kind.Definition is null)
        {
            BuiltIn(kind, read.Text("kind"), read.Text("apiVersion"));
        }
        else if (!options.IsPatch)
        {
            Custom(kind, read);
        }

        (read["apiVersion"], read["kind"]) = (kind.ApiVersion, kind.Kind);
        AsPatch(read, options.IsPatch, () => Fields(kind, read, options));
    }

    /// <summary>Looks at what a patch has made, or somebody has sent: an unreadable object is the patch's fault.</summary>
    public static void AsPatch(JsonObject read, bool isPatch, Action check)
    {
        try
        {
            check();
        }
        catch (ApiException wrong) when (isPatch && wrong.Code == 400)
        {
            throw PatchRefused(read, wrong);
        }
    }

    // What a built-in kind leaves out is what its path says.
    private static void BuiltIn(ResourceKind kind, string named, string version)
    {
        (named, version) = (named.Length > 0 ? named : kind.Kind, version.Length > 0 ? version : kind.ApiVersion);
        if ((named, version) == (kind.Kind, kind.ApiVersion))
        {
            return;
        }

        var (group, level) = version.LastIndexOf('/') is > 0 and var cut ? (version[..cut], version[(cut + 1)..]) : ("", version);
        if (named == kind.Kind && group == kind.Group && level.Contains("beta", StringComparison.Ordinal))
        {
            throw OtherVersion(version, kind);
        }

        var isKnown = ResourceTable.BuiltIn.Any(one => (one.Kind, one.ApiVersion) == (named, version));
        throw ApiException.BadRequest($"{named} in version \"{level}\" cannot be handled as a {kind.Kind}: " + (isKnown
            ? $"converting ({level}.{named}) to ({(kind.Group.Length == 0 ? "core" : kind.Group.Split('.')[0])}.{kind.Kind}): unknown conversion"
            : $"no kind \"{named}\" is registered for version \"{version}\" in scheme \"k8s.io/kubernetes/pkg/api/legacyscheme/scheme.go:30\""));
    }

    // Of a defined kind nothing is known but what the object says.
    private static void Custom(ResourceKind kind, JsonObject read)
    {
        if (read.Text("kind") is not { Length: > 0 } named)
        {
            var sent = read.ToJsonString(Relaxed);
            throw ApiException.BadRequest($"the object provided is unrecognized (must be of type {kind.Kind}): Object 'Kind' is missing in '{sent}' "
                + $"({(sent.Length > SummaryMax ? $"{sent[..SummaryMax]} ..." : sent)})");
        }

        if (read.Text("apiVersion") != kind.ApiVersion)
        {
            throw OtherVersion(read.Text("apiVersion"), kind);
        }

        if (named != kind.Kind)
        {
            throw new ApiException(422, "Invalid", $"{named}.{kind.Group} \"{read.Name()}\" is invalid: kind: Invalid value: \"{named}\": must be {kind.Kind}");
        }
    }

    private static ApiException OtherVersion(string version, ResourceKind kind) =>
        ApiException.BadRequest($"the API version in the data ({version}) does not match the expected API version ({kind.ApiVersion})");

    /// <exception cref="ApiException">It is another object, or another version of it.</exception>
    public static void Identity(ResourceKind kind, string space, string name, JsonObject before, JsonObject read, bool isPatch)
    {
        if (read.Name() != name)
        {
            throw ApiException.BadRequest($"the name of the object ({read.Name()}) does not match the name on the URL ({name})");
        }

        if (kind.IsNamespaced && read.Space() is { Length: > 0 } named && named != space)
        {
            throw ApiException.BadRequest("the namespace of the provided object does not match the namespace sent on the request");
        }

        if (read.Uid() is { Length: > 0 } uid && uid != before.Uid())
        {
            if (isPatch)
            {
                var errors = new Admission.FieldErrors();
                errors.Invalid("metadata.uid", uid, "field is immutable");
                errors.Throw(kind, name);
            }

            throw ApiException.Conflict(kind.Qualified, name,
                $"Precondition failed: UID in precondition: {uid}, UID in object meta: {before.Uid()}");
        }

        if (read.Text("metadata", "resourceVersion") is { Length: > 0 } version && version != before.Text("metadata", "resourceVersion"))
        {
            throw ApiException.Conflict(kind.Qualified, name,
                "the object has been modified; please apply your changes to the latest version and try again");
        }
    }

    /// <summary>What a patch makes of an object is the patch's fault.</summary>
    private static ApiException PatchRefused(JsonObject read, ApiException wrong)
    {
        var why = $"Invalid value: {JsonValue.Create(read.ToJsonString()).ToJsonString()}: {wrong.Message}";
        return new ApiException(422, "Invalid", $" \"\" is invalid: patch: {why}")
        {
            Details = new JsonObject
            {
                ["causes"] = new JsonArray(new JsonObject { ["reason"] = "FieldValueInvalid", ["message"] = why, ["field"] = "patch" }),
            },
        };
    }

    private static void Fields(ResourceKind kind, JsonObject read, WriteOptions options)
    {
        var unknown = kind.Definition is null ? TypeCheck.Prune(read, kind) : StructuralSchema.Prune(read, kind);
        var problems = options.Duplicates.Select(path => $"duplicate field \"{path}\"").Concat(unknown.Select(path => $"unknown field \"{path}\"")).ToList();
        if (problems.Count > 0 && options.FieldValidation == "Strict")
        {
            var fields = string.Join(", ", problems);
            throw ApiException.BadRequest($"{kind.Kind} in version \"{kind.Version}\" cannot be handled as a {kind.Kind}: strict decoding error: {fields}");
        }

        if (options.FieldValidation == "Warn")
        {
            options.Warnings.AddRange(problems);
        }
    }
}
