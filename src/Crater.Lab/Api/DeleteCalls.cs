using System.Text.Json.Nodes;
using Crater.Lab.Api.Admission.Webhooks;
using Crater.Lab.Store;

namespace Crater.Lab.Api;

/// <summary>delete and deletecollection.</summary>
internal sealed class DeleteCalls(ResourceStore store, ObjectDeletion deletion, AdmittedWrites admission, ReadCalls reads)
{
    private static readonly string[] LastingNamespaces = ["default", "kube-system", "kube-public", "kube-node-lease"];

    public async Task DeleteAsync(ApiRequest request)
    {
        var options = OptionsOf(request, await request.BodyAsync(), out var isDryRun);
        await admission.DeletingAsync(request, request.Space, request.Name, isDryRun);
        var (last, isGone) = DeleteOne(request.Kind, request.Space, request.Name, options, isDryRun)
            ?? throw ApiException.NotFound(request.Kind.Qualified, request.Name);
        if (isGone && request.Kind.Plural is not "pods")
        {
            await StatusAnswer.WriteAsync(request.Http, 200, Success(request.Kind, last));
            return;
        }

        await reads.AnswerAsync(request, 200, last);
    }

    public async Task DeleteCollectionAsync(ApiRequest request)
    {
        var options = OptionsOf(request, await request.BodyAsync(), out var isDryRun);
        var (items, version) = reads.Matching(request, Selection.Read(request));
        List<JsonObject> deleted = [];
        foreach (var item in items)
        {
            await admission.DeletingAsync(request, item.Space(), item.Name(), isDryRun);
            if (DeleteOne(request.Kind, item.Space(), item.Name(), options, isDryRun) is { } one)
            {
                deleted.Add(one.Last);
            }
        }

        await StatusAnswer.WriteListAsync(request.Http, new JsonObject
        {
            ["kind"] = request.Kind.Kind + "List",
            ["apiVersion"] = request.Kind.ApiVersion,
            ["metadata"] = new JsonObject { ["resourceVersion"] = version.ToString() },
        }, deleted.Select(item => Conversion.ToServed(request.Kind, item)), isTyped: request.Kind.Definition is null);
    }

    private (JsonObject Last, bool IsGone)? DeleteOne(ResourceKind kind, string space, string name, DeletionOptions options, bool isDryRun)
    {
        if (kind.Kind == "Namespace" && LastingNamespaces.Contains(name))
        {
            throw ApiException.Forbidden(kind.Qualified, name, "this namespace may not be deleted");
        }

        if (kind.Kind == "PriorityClass" && name is ("system-node-critical" or "system-cluster-critical"))
        {
            throw ApiException.Forbidden(kind.Qualified, name, "this is a system priority class and cannot be deleted");
        }

        return isDryRun
            ? store.Get(kind.StoreName, space, name) is { } found ? (found, true) : null
            : deletion.Delete(kind.StoreName, space, name, options);
    }

    private static DeletionOptions OptionsOf(ApiRequest request, JsonObject body, out bool isDryRun)
    {
        isDryRun = request.IsDryRun || body.Texts("dryRun").Contains("All");
        var seconds = request.Query("gracePeriodSeconds");
        var grace = seconds.Length == 0 ? body.Number("gracePeriodSeconds")
            : long.TryParse(seconds, out var asked) ? asked : throw ApiException.BadRequest($"strconv.ParseInt: parsing \"{seconds}\": invalid syntax");
        if (grace < 0)
        {
            throw new ApiException(422, "Invalid", $"gracePeriodSeconds: Invalid value: {grace}: must be greater than or equal to 0");
        }

        var propagation = request.Query("propagationPolicy") is { Length: > 0 } named ? named : body.Text("propagationPolicy");
        if (propagation.Length == 0 && body["orphanDependents"] is not null)
        {
            propagation = body.Flag("orphanDependents") ? "Orphan" : "Background";
        }

        if (propagation is not ("" or "Foreground" or "Background" or "Orphan"))
        {
            throw new ApiException(422, "Invalid", $"DeleteOptions.meta.k8s.io \"\" is invalid: propagationPolicy: Unsupported value: \"{propagation}\": "
                + "supported values: \"Foreground\", \"Background\", \"Orphan\", \"nil\"");
        }

        return new DeletionOptions
        {
            GraceSeconds = grace,
            Propagation = propagation.Length == 0 ? null : propagation,
            Uid = body.Text("preconditions", "uid") is { Length: > 0 } uid ? uid : null,
            Version = body.Text("preconditions", "resourceVersion") is { Length: > 0 } version ? version : null,
        };
    }

    private static JsonObject Success(ResourceKind kind, JsonObject last)
    {
        var details = new JsonObject { ["name"] = last.Name(), ["kind"] = kind.Plural, ["uid"] = last.Uid() };
        if (kind.Group.Length > 0)
        {
            details["group"] = kind.Group;
        }

        return new JsonObject
        {
            ["kind"] = "Status",
            ["apiVersion"] = "v1",
            ["metadata"] = new JsonObject(),
            ["status"] = "Success",
            ["details"] = details,
        };
    }
}
