using System.Text.Json.Nodes;

namespace Crater.Kubernetes.Drivers.Changes;

/// <summary>One field that a fault changes.</summary>
/// <param name="Before">What stood there before; null for nothing.</param>
/// <param name="During">What the fault puts there; null for taking it away.</param>
internal sealed record FieldChange(FieldPath At, JsonNode? Before, JsonNode? During)
{
    public JsonObject Json
    {
        get
        {
            var json = new JsonObject { ["at"] = At.Json };
            if (Before is not null)
            {
                json["before"] = Before.DeepClone();
            }

            if (During is not null)
            {
                json["during"] = During.DeepClone();
            }

            return json;
        }
    }

    /// <summary>The change that brings a field to a value, with what stands there now as what was before.</summary>
    public static FieldChange To(JsonObject seen, FieldPath at, JsonNode? during) => new(at, at.Read(seen), during);

    /// <exception cref="FormatException">It is no change.</exception>
    public static FieldChange Parse(JsonNode? json) => json is JsonObject map
        ? new FieldChange(FieldPath.Parse(map["at"]), map["before"]?.DeepClone(), map["during"]?.DeepClone())
        : throw new FormatException("a change is a map");

    public bool ChangesNothing => JsonNode.DeepEquals(Before, During);

    /// <summary>The field is as the fault made it.</summary>
    public bool IsDone(JsonObject seen) => !ChangesNothing && JsonNode.DeepEquals(At.Read(seen), During);

    /// <summary>The field is as it was before.</summary>
    public bool IsUndone(JsonObject seen) => JsonNode.DeepEquals(At.Read(seen), Before);

    public void Do(JsonObject changed) => At.Write(changed, During);

    /// <summary>Puts the field back, unless somebody else has put something there that is neither the fault's nor what was before.</summary>
    /// <returns>Whether it is now what it was before.</returns>
    public bool Undo(JsonObject changed)
    {
        var now = At.Read(changed);
        if (JsonNode.DeepEquals(now, Before))
        {
            return true;
        }

        if (!JsonNode.DeepEquals(now, During))
        {
            return false;
        }

        At.Write(changed, Before);
        return JsonNode.DeepEquals(At.Read(changed), Before);
    }
}
