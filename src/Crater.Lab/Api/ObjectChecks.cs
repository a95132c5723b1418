using System.Text.Json.Nodes;
using Crater.Lab.Api.CustomResources;
using Crater.Lab.Api.Schemas;
using Crater.Lab.Store;

namespace Crater.Lab.Api;

/// <summary>Whether what a writer sends is what it says, before anything is made of it.</summary>
internal static class ObjectChecks
{
    /// <exception cref="ApiException">It is of another kind or version, or has a field that its type does not have.</exception>
    public static void Type(ResourceKind kind, JsonObject read, WriteOptions options)
    {
        if (read.Text("kind") is { Length: > 0 } named && named != kind.Kind)
        {
            throw ApiException.BadRequest($"{named} in version \"{read.Text("apiVersion")}\" cannot be handled as a {kind.Kind}: "
                + $"converting ({named}) to ({kind.Kind}): unknown conversion");
        }

        if (read.Text("apiVersion") is { Length: > 0 } version && version != kind.ApiVersion)
        {
            throw ApiException.BadRequest($"the API version in the data ({version}) does not match the expected API version ({kind.ApiVersion})");
        }

        (read["apiVersion"], read["kind"]) = (kind.ApiVersion, kind.Kind);
        if (options.IsPatch)
        {
            try
            {
                Fields(kind, read, options);
            }
            catch (ApiException wrong)
            {
                throw PatchRefused(read, wrong);
            }
        }
        else
        {
            Fields(kind, read, options);
        }
    }

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
        var why = $"Invalid value: {JsonValue.Create(read.ToJsonString())}: {wrong.Message}";
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
