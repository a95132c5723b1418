using System.Text.Json.Nodes;
using Crater.Lab.Store;

namespace Crater.Lab.Api.Patching;

/// <summary>
/// The order of a list after a strategic merge: what the patch names stands in the patch's order, the rest in the order it had; where the
/// two meet, what both orders know decides, and what the patch brings anew comes first.
/// </summary>
internal static class ElementOrder
{
    /// <param name="key">The merge key of the list's items; "" for a list of plain values.</param>
    /// <param name="named">The items of the patch, or the order that it asks for.</param>
    public static JsonArray Of(IEnumerable<JsonNode?> merged, IReadOnlyList<JsonNode?> named, IReadOnlyList<JsonNode?> before, string key)
    {
        var (asked, known) = (Places(named, key), Places(before, key));
        var all = merged.ToList();
        var patched = all.Where(item => asked.ContainsKey(Id(item, key))).OrderBy(item => asked[Id(item, key)]).ToList();
        var others = all.Where(item => !asked.ContainsKey(Id(item, key))).OrderBy(item => known.GetValueOrDefault(Id(item, key), int.MaxValue)).ToList();
        List<JsonNode?> ordered = [];
        var (i, j) = (0, 0);
        while (i < others.Count || j < patched.Count)
        {
            var otherIsFirst = j == patched.Count || (i < others.Count
                && known.TryGetValue(Id(others[i], key), out var left) && known.TryGetValue(Id(patched[j], key), out var right) && left < right);
            ordered.Add(otherIsFirst ? others[i++] : patched[j++]);
        }

        return new JsonArray([.. ordered.Select(item => item?.DeepClone())]);
    }

    /// <summary>Whether the items of a patch stand in the order that the same patch asks for, each named there.</summary>
    public static bool Follows(IEnumerable<JsonNode?> items, IReadOnlyList<JsonNode?> order, string key)
    {
        var places = Places(order, key);
        var last = -1;
        foreach (var item in items)
        {
            if (!places.TryGetValue(Id(item, key), out var place) || place < last)
            {
                return false;
            }

            last = place;
        }

        return true;
    }

    private static string Id(JsonNode? item, string key) => key.Length == 0 ? item?.ToJsonString() ?? "" : item.At(key)?.ToJsonString() ?? "";

    private static Dictionary<string, int> Places(IReadOnlyList<JsonNode?> items, string key) =>
        items.Select((item, index) => (Id: Id(item, key), index)).DistinctBy(pair => pair.Id).ToDictionary(pair => pair.Id, pair => pair.index);
}
