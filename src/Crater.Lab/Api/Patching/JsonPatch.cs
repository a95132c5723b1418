using System.Globalization;
using System.Text.Json.Nodes;
using Crater.Lab.Store;

namespace Crater.Lab.Api.Patching;

/// <summary>JSON patch, RFC 6902: add, remove, replace, move, copy and test, all or nothing.</summary>
internal static class JsonPatch
{
    public static JsonObject Apply(JsonNode patch, JsonObject current)
    {
        var operations = patch as JsonArray ?? throw ApiException.BadRequest($"error decoding patch: json: cannot unmarshal {Patches.JsonKind(patch)} into Go value of type []handlers.jsonPatchOp");
        JsonNode? target = current;
        foreach (var operation in operations.OfType<JsonObject>())
        {
            target = ApplyOne(operation, target);
        }

        return target as JsonObject ?? throw Rejected("the patched object is not an object");
    }

    private static JsonNode? ApplyOne(JsonObject operation, JsonNode? target)
    {
        var path = operation.Text("path");
        switch (operation.Text("op"))
        {
            case "add" when path.Length == 0:
                throw Rejected("add operation does not apply: the whole document can only be replaced");
            case "add":
                return Add(target, path, operation["value"]?.DeepClone());
            case "remove":
                return Remove(target, path);
            case "replace":
                return Replace(target, path, operation["value"]?.DeepClone());
            case "move":
                var moved = Read(target, operation.Text("from"))?.DeepClone();
                return Add(Remove(target, operation.Text("from")), path, moved);
            case "copy":
                return Add(target, path, Read(target, operation.Text("from"))?.DeepClone());
            case "test":
                return JsonNode.DeepEquals(ReadOrNothing(target, path), operation["value"]) ? target : throw Rejected($"testing value {path} failed: test failed");
            default:
                throw Rejected($"Unexpected kind: {operation.Text("op")}");
        }
    }

    private static JsonNode? Read(JsonNode? target, string path)
    {
        foreach (var step in Steps(path))
        {
            target = target switch
            {
                JsonObject map when map.TryGetPropertyValue(step, out var value) => value,
                JsonArray list => list[Index(list, step, list.Count - 1)],
                _ => throw Missing(path),
            };
        }

        return target;
    }

    /// <summary>The real server replaces a field of a map that is not there, too.</summary>
    private static JsonNode? Replace(JsonNode? target, string path, JsonNode? value)
    {
        if (path.Length > 0 && Parent(target, path) is (JsonObject map, var last))
        {
            map.Remove(last);
            map[last] = value;
            return target;
        }

        Read(target, path);
        return Add(path.Length == 0 ? target : Remove(target, path), path, value);
    }

    /// <summary>To a test the last field of a path may be missing: then it is null.</summary>
    private static JsonNode? ReadOrNothing(JsonNode? target, string path) =>
        path.Length > 0 && Parent(target, path) is (JsonObject map, var last) && !map.ContainsKey(last) ? null : Read(target, path);

    private static JsonNode? Add(JsonNode? target, string path, JsonNode? value)
    {
        if (path.Length == 0)
        {
            return value;
        }

        var (parent, last) = Parent(target, path);
        switch (parent)
        {
            case JsonObject map:
                map[last] = value;
                break;
            case JsonArray list:
                list.Insert(last == "-" ? list.Count : Index(list, last, list.Count), value);
                break;
            default:
                throw Missing(path);
        }

        return target;
    }

    private static JsonNode? Remove(JsonNode? target, string path)
    {
        var (parent, last) = Parent(target, path);
        switch (parent)
        {
            case JsonObject map when map.ContainsKey(last):
                map.Remove(last);
                break;
            case JsonArray list:
                list.RemoveAt(Index(list, last, list.Count - 1));
                break;
            default:
                throw Missing(path);
        }

        return target;
    }

    private static (JsonNode? Parent, string Last) Parent(JsonNode? target, string path)
    {
        var slash = path.LastIndexOf('/');
        return slash < 0 ? throw Missing(path) : (Read(target, path[..slash]), Steps(path)[^1]);
    }

    private static string[] Steps(string path) => path.Length == 0 ? []
        : [.. path.Split('/').Skip(1).Select(step => step.Replace("~1", "/", StringComparison.Ordinal).Replace("~0", "~", StringComparison.Ordinal))];

    /// <summary>A negative index counts from the end.</summary>
    private static int Index(JsonArray list, string step, int max) =>
        int.TryParse(step, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var asked)
        && (asked < 0 ? asked + max + 1 : asked) is >= 0 and var index && index <= max && list.Count >= index
            ? index : throw Rejected($"unable to access invalid index: {step}: missing value");

    private static ApiException Missing(string path) => Rejected($"doc is missing path: {path}: missing value");

    /// <summary>The real server does not say which operation does not fit, so neither is it said here.</summary>
    private static ApiException Rejected(string why) => new(422, "Invalid", "the server rejected our request due to an error in our request", new InvalidOperationException(why)) { Details = [] };
}
