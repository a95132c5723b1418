using System.Text.Json.Nodes;
using Crater.Lab.Store;
using Microsoft.AspNetCore.Http;

namespace Crater.Lab.Api;

/// <summary>What a client asked to be answered with.</summary>
internal enum AnswerForm { Objects, Table, Metadata, MetadataList }

/// <param name="Version">Of the meta.k8s.io group, for the forms that belong to it.</param>
internal readonly record struct AcceptedForm(AnswerForm Form, string Version)
{
    private const string MetaGroup = "meta.k8s.io";

    /// <summary>The first form in the Accept header that there is.</summary>
    /// <exception cref="ApiException">NotAcceptable: there is none of them.</exception>
    public static AcceptedForm Of(HttpContext http)
    {
        var clauses = http.Request.Headers.Accept.ToString().Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        return clauses.Length == 0 ? default : clauses.Select(Read).FirstOrDefault(form => form is not null) ?? throw MediaTypes.NotAcceptable();
    }

    public JsonObject MetadataOf(JsonObject served) => new()
    {
        ["kind"] = "PartialObjectMetadata",
        ["apiVersion"] = $"{MetaGroup}/{Version}",
        ["metadata"] = served.Map("metadata")?.DeepClone(),
    };

    /// <exception cref="ApiException">NotAcceptable: one object's metadata for a list, or the other way round.</exception>
    public void Check(ResourceKind kind, bool isList)
    {
        var go = kind.Definition is not null ? "*unstructured.Unstructured" : $"*{(kind.Group.Length == 0 ? "core" : kind.Group.Split('.')[0])}.{kind.Kind}";
        if (isList && Form == AnswerForm.Metadata)
        {
            throw new ApiException(406, "NotAcceptable", $"you requested PartialObjectMetadata, but the requested object is a list ({go}List)");
        }

        if (!isList && Form == AnswerForm.MetadataList)
        {
            throw new ApiException(406, "NotAcceptable", $"you requested PartialObjectMetadataList, but the requested object is not a list ({go})");
        }
    }

    /// <returns>Null for what there is not.</returns>
    private static AcceptedForm? Read(string clause)
    {
        var parts = clause.Split(';', StringSplitOptions.TrimEntries);
        if (!MediaTypes.Known.Contains(parts[0].ToLowerInvariant()))
        {
            return null;
        }

        string Parameter(string name) => parts.Skip(1).FirstOrDefault(part => part.StartsWith(name + "=", StringComparison.Ordinal))?[(name.Length + 1)..] ?? "";
        var (kind, version) = (Parameter("as"), Parameter("v"));
        if (kind.Length == 0)
        {
            return new AcceptedForm(AnswerForm.Objects, "");
        }

        AnswerForm? form = kind switch
        {
            "Table" => AnswerForm.Table,
            "PartialObjectMetadata" => AnswerForm.Metadata,
            "PartialObjectMetadataList" => AnswerForm.MetadataList,
            _ => null,
        };
        return form is { } known && Parameter("g") == MetaGroup && (version is "v1" or "v1beta1") ? new AcceptedForm(known, version) : null;
    }
}
