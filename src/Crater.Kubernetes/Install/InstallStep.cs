using System.Text.Json.Nodes;
using Crater.Kubernetes.Client;

namespace Crater.Kubernetes.Install;

/// <summary>What applying an object does to the cluster.</summary>
public enum StepKind
{
    /// <summary>It is not there yet.</summary>
    Create,

    /// <summary>It is there, and fields of it change.</summary>
    Change,

    /// <summary>It is as it should be.</summary>
    Keep,
}

/// <summary>One object of an installation, and what there is to do about it.</summary>
/// <param name="Name">For messages: <c>Deployment crater-system/crater-operator</c>.</param>
/// <param name="Changes">The fields that change, by their paths.</param>
public sealed record InstallStep(string Name, StepKind Kind, IReadOnlyList<string> Changes)
{
    internal JsonObject Object { get; init; } = [];

    internal Resource Resource => InstalledKinds.Of(Object);
}

/// <summary>Which fields of an object differ.</summary>
internal static class FieldDifferences
{
    private static readonly string[] Bookkeeping = ["managedFields", "resourceVersion", "generation", "uid", "creationTimestamp"];

    /// <summary>Paths at which the two differ, the server's own bookkeeping and the status left out.</summary>
    public static IReadOnlyList<string> Of(JsonObject before, JsonObject after)
    {
        List<string> found = [];
        Compare("", before, after, found);
        return found;
    }

    private static void Compare(string path, JsonNode? before, JsonNode? after, List<string> found)
    {
        if (before is JsonObject left && after is JsonObject right)
        {
            foreach (var name in left.Select(field => field.Key).Union(right.Select(field => field.Key)).Where(name => !IsBookkeeping(path, name)))
            {
                Compare($"{path}.{name}", left[name], right[name], found);
            }
        }
        else if (before is JsonArray one && after is JsonArray other && one.Count == other.Count)
        {
            for (var i = 0; i < one.Count; i++)
            {
                Compare($"{path}[{i}]", one[i], other[i], found);
            }
        }
        else if (!JsonNode.DeepEquals(before, after))
        {
            found.Add(path.TrimStart('.'));
        }
    }

    private static bool IsBookkeeping(string path, string name) => (path.Length == 0 && name == "status") || (path == ".metadata" && Bookkeeping.Contains(name));
}
