using System.Text.Json.Nodes;
using Crater.Lab.Store;

namespace Crater.Lab.Api.Tables;

/// <param name="Priority">0 is always shown, 1 with <c>-o wide</c>.</param>
/// <param name="Cell">Makes the cell from the object and the time now.</param>
internal sealed record Column(string Name, Func<JsonObject, DateTimeOffset, JsonNode?> Cell, int Priority = 0, string Type = "string", string Format = "");

/// <summary>Objects as the table that <c>kubectl get</c> prints.</summary>
internal static class TableAnswer
{
    /// <param name="include">What each row carries beside its cells: Metadata (the default), Object or None.</param>
    public static JsonObject Of(
        ResourceKind kind, IReadOnlyList<JsonObject> items, long version, string next, string include, bool withColumns, AcceptedForm form,
        DateTimeOffset now)
    {
        var columns = Columns.Of(kind);
        var metadata = new JsonObject { ["resourceVersion"] = version.ToString() };
        if (next.Length > 0)
        {
            metadata["continue"] = next;
        }

        var definitions = withColumns ? columns.Select(column => (JsonNode)new JsonObject
        {
            ["name"] = column.Name,
            ["type"] = column.Type,
            ["format"] = column.Name == "Name" ? "name" : column.Format,
            ["description"] = "",
            ["priority"] = column.Priority,
        }) : [];
        return new JsonObject
        {
            ["kind"] = "Table",
            ["apiVersion"] = $"meta.k8s.io/{form.Version}",
            ["metadata"] = metadata,
            ["columnDefinitions"] = new JsonArray([.. definitions]),
            ["rows"] = new JsonArray([.. items.Select(item => (JsonNode)Row(columns, item, include, form, now))]),
        };
    }

    private static JsonObject Row(IReadOnlyList<Column> columns, JsonObject item, string include, AcceptedForm form, DateTimeOffset now)
    {
        var row = new JsonObject { ["cells"] = new JsonArray([.. columns.Select(column => column.Cell(item, now))]) };
        if (include != "None")
        {
            row["object"] = include == "Object" ? item.DeepClone() : form.MetadataOf(item);
        }

        return row;
    }

    /// <summary>How long ago the time at a path was.</summary>
    public static JsonNode Since(JsonObject item, DateTimeOffset now, params ReadOnlySpan<string> path) =>
        item.Instant(path) is { } then ? Age.Text(now - then) : "<unknown>";
}
