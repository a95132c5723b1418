using System.Text.Json.Nodes;
using Crater.Documents;

namespace Crater.Kubernetes.Client;

/// <summary>A kubeconfig as maps and lists of texts: a token that looks like a number is still the text that was written.</summary>
internal static class PlainTree
{
    public static JsonNode? Of(DocumentNode? node) => node switch
    {
        MapNode map => new JsonObject(map.Entries.Select(entry => KeyValuePair.Create(entry.Key, Of(entry.Value)))),
        ListNode list => new JsonArray([.. list.Items.Select(Of)]),
        ScalarNode { IsNull: false } scalar => JsonValue.Create(scalar.Text),
        _ => null,
    };
}
