using System.Text.Json.Nodes;
using Crater.Lab.Store;
using Crater.Targets;

namespace Crater.Lab.Api;

/// <summary>The label and field selectors of a request.</summary>
internal sealed class Selection
{
    private static readonly Dictionary<string, string[]> FieldsByKind = new()
    {
        ["Pod"] = ["spec.nodeName", "spec.restartPolicy", "spec.schedulerName", "spec.serviceAccountName", "spec.hostNetwork", "status.phase",
            "status.podIP", "status.podIPs", "status.nominatedNodeName"],
        ["Event"] = ["involvedObject.kind", "involvedObject.namespace", "involvedObject.name", "involvedObject.uid", "involvedObject.apiVersion",
            "involvedObject.resourceVersion", "involvedObject.fieldPath", "reason", "reportingComponent", "source", "type"],
        ["Node"] = ["spec.unschedulable"],
        ["Namespace"] = ["status.phase"],
        ["Secret"] = ["type"],
        ["ReplicaSet"] = ["status.replicas"],
        ["ReplicationController"] = ["status.replicas"],
        ["Job"] = ["status.successful"],
        ["Service"] = ["spec.clusterIP", "spec.type"],
    };

    private readonly LabelSelector? _labels;
    private readonly List<(string[] Path, bool IsEqual, string Value)> _fields;

    private Selection(LabelSelector? labels, List<(string[] Path, bool IsEqual, string Value)> fields) => (_labels, _fields) = (labels, fields);

    public bool IsEverything => _labels is null && _fields.Count == 0;

    /// <exception cref="ApiException">BadRequest: a selector cannot be read, or names a field that is not selectable.</exception>
    public static Selection Read(ApiRequest request)
    {
        LabelSelector? labels = null;
        if (request.Query("labelSelector") is { Length: > 0 } text && !LabelSelector.TryParse(text, out labels))
        {
            throw ApiException.BadRequest($"unable to parse requirement: '{text}' is not a label selector");
        }

        return new Selection(labels, [.. ReadFields(request.Kind, request.Query("fieldSelector"))]);
    }

    /// <summary>This selection, and only the object of that name.</summary>
    public Selection And(string name) => new(_labels, [.. _fields, (["metadata", "name"], true, name)]);

    public bool Matches(JsonObject stored) =>
        (_labels is null || _labels.Matches(stored.Labels())) && _fields.TrueForAll(field => (FieldText(stored, field.Path) == field.Value) == field.IsEqual);

    private static string FieldText(JsonObject stored, string[] path) => path switch
    {
        ["spec", "unschedulable"] or ["spec", "hostNetwork"] => stored.Flag(path) ? "true" : "false",
        ["source"] => stored.Text("source", "component"),
        ["status", "successful"] => stored.Count(0, "status", "succeeded").ToString(),
        _ => stored.Text(path),
    };

    private static IEnumerable<(string[] Path, bool IsEqual, string Value)> ReadFields(ResourceKind kind, string text)
    {
        foreach (var part in text.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            var isEqual = !part.Contains("!=", StringComparison.Ordinal);
            var sides = part.Split(isEqual ? part.Contains("==", StringComparison.Ordinal) ? "==" : "=" : "!=", 2);
            if (sides.Length != 2)
            {
                throw ApiException.BadRequest($"invalid selector: '{text}'; can't understand '{part}'");
            }

            var known = FieldsByKind.GetValueOrDefault(kind.Kind, []);
            if (sides[0] is not ("metadata.name" or "metadata.namespace") && !known.Contains(sides[0]))
            {
                throw ApiException.BadRequest(FieldsByKind.ContainsKey(kind.Kind)
                    ? $"field label not supported: {sides[0]}"
                    : $"\"{sides[0]}\" is not a known field selector: only \"metadata.name\", \"metadata.namespace\"");
            }

            yield return (sides[0].Split('.'), isEqual, sides[1]);
        }
    }
}
