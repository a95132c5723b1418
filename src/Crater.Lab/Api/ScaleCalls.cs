using System.Text.Json.Nodes;
using Crater.Lab.Api.Patching;
using Crater.Lab.Store;

namespace Crater.Lab.Api;

/// <summary>The scale subresource: replicas asked for and counted, the same for every kind that has replicas.</summary>
internal sealed class ScaleCalls(ResourceStore store, ObjectWrites writes)
{
    public async Task AnswerAsync(ApiRequest request)
    {
        if (request.Http.Request.Method == "GET")
        {
            var found = store.Peek(request.Kind.StoreName, request.Space, request.Name)
                ?? throw ApiException.NotFound(request.Kind.Qualified, request.Name);
            await StatusAnswer.WriteAsync(request.Http, 200, ScaleOf(request.Kind, found));
            return;
        }

        var type = (request.Http.Request.ContentType ?? "").Split(';')[0].Trim();
        var body = await request.NodeAsync() ?? throw ApiException.BadRequest("the body is empty");
        var options = new WriteOptions { IsDryRun = request.IsDryRun, Manager = WriteCalls.ManagerOf(request), Subresource = "scale" };
        var updated = writes.Update(request.Kind, request.Space, request.Name, "", current => Scaled(request, type, body, current), options);
        await StatusAnswer.WriteAsync(request.Http, 200, ScaleOf(request.Kind, updated));
    }

    private static JsonObject Scaled(ApiRequest request, string type, JsonNode body, JsonObject current)
    {
        var scale = request.Http.Request.Method == "PUT"
            ? body as JsonObject ?? throw ApiException.BadRequest("a Scale is an object")
            : Patches.Apply(type == "application/strategic-merge-patch+json" ? "application/merge-patch+json" : type, body,
                ScaleOf(request.Kind, current), request.Kind);
        if (scale.Text("metadata", "resourceVersion") is { Length: > 0 } version)
        {
            current.Make("metadata")["resourceVersion"] = version;
        }

        if (scale.At("spec", "replicas") is JsonValue asked && asked.GetValueKind() != System.Text.Json.JsonValueKind.Number)
        {
            throw new ApiException(422, "Invalid", $" \"\" is invalid: patch: Invalid value: {JsonValue.Create(scale.ToJsonString()).ToJsonString()}: "
                + "json: cannot unmarshal string into Go struct field ScaleSpec.spec.replicas of type int32");
        }

        var replicas = scale.Number("spec", "replicas") ?? 0;
        if (replicas < 0)
        {
            throw new ApiException(422, "Invalid", $"Scale.autoscaling \"{request.Name}\" is invalid: spec.replicas: Invalid value: {replicas}: "
                + "must be greater than or equal to 0");
        }

        var path = request.Kind.ScalePaths.Spec.Split('.');
        current.Make(path.AsSpan(..^1))[path[^1]] = replicas;
        return current;
    }

    private static JsonObject ScaleOf(ResourceKind kind, JsonObject stored)
    {
        var metadata = new JsonObject { ["name"] = stored.Name() };
        foreach (var key in (string[])["namespace", "uid", "resourceVersion", "creationTimestamp"])
        {
            metadata[key] = stored.At("metadata", key)?.DeepClone();
        }

        var status = new JsonObject { ["replicas"] = stored.Number(kind.ScalePaths.Status.Split('.')) ?? 0 };
        if (SelectorText(stored.At(kind.ScalePaths.Selector.Split('.'))) is { Length: > 0 } selector)
        {
            status["selector"] = selector;
        }

        return new JsonObject
        {
            ["kind"] = "Scale",
            ["apiVersion"] = "autoscaling/v1",
            ["metadata"] = metadata,
            // A count of zero is left out there, as is every zero that its type lets be left out.
            ["spec"] = stored.Number(kind.ScalePaths.Spec.Split('.')) is { } wanted and not 0 ? new JsonObject { ["replicas"] = wanted } : new JsonObject(),
            ["status"] = status,
        };
    }

    /// <summary>The object as a Scale tells of it: that has no count of zero, so that nobody owns one.</summary>
    public static JsonObject Counted(ResourceKind kind, JsonObject scaled)
    {
        var path = kind.ScalePaths.Spec.Split('.');
        if (scaled.Number(path) is not 0)
        {
            return scaled;
        }

        var copy = scaled.DeepClone().AsObject();
        copy.Make(path.AsSpan(..^1)).Remove(path[^1]);
        return copy;
    }

    /// <summary>A label selector object as text; a text as itself.</summary>
    public static string SelectorText(JsonNode? selector) => selector is JsonObject map
        ? string.Join(',', map.Labels("matchLabels").Select(pair => $"{pair.Key}={pair.Value}").Concat(map.Each("matchExpressions").Select(Expression)))
        : selector.Text();

    private static string Expression(JsonObject expression) => expression.Text("operator") switch
    {
        "In" => $"{expression.Text("key")} in ({string.Join(',', expression.Texts("values"))})",
        "NotIn" => $"{expression.Text("key")} notin ({string.Join(',', expression.Texts("values"))})",
        "Exists" => expression.Text("key"),
        _ => "!" + expression.Text("key"),
    };
}
