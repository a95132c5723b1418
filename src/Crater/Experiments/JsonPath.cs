using System.Text.Json.Nodes;
using Crater.Experiments.Paths;

namespace Crater.Experiments;

/// <summary>
/// A JSONPath query (RFC 9535): members, wildcards, indices, slices, unions, descendants and filters with comparisons, <c>&amp;&amp;</c>, <c>||</c> and
/// <c>!</c>. Beside it the single <c>=</c> of Chaos Toolkit's library is read as <c>==</c>. Functions such as <c>length()</c> are not there.
/// </summary>
/// <seealso href="https://www.rfc-editor.org/rfc/rfc9535">RFC 9535</seealso>
public sealed class JsonPath
{
    /// <summary>A query that visits more nodes than this gives up; a document of that size is no probe's answer.</summary>
    private const int VisitsMax = 1_000_000;

    private readonly IReadOnlyList<PathSegment> _segments;

    internal JsonPath(IReadOnlyList<PathSegment> segments) => _segments = segments;

    public static bool TryParse(string text, out JsonPath? path, out string complaint)
    {
        try
        {
            path = new JsonPath(new PathParser(text).Parse());
            complaint = "";
            return true;
        }
        catch (FormatException error)
        {
            path = null;
            complaint = error.Message;
            return false;
        }
    }

    /// <summary>Every match in document order, as references into the document.</summary>
    /// <exception cref="InvalidOperationException">The query visits more than a million nodes.</exception>
    public IReadOnlyList<JsonNode?> Find(JsonNode? root)
    {
        var visits = VisitsMax;
        return Select(_segments, root, root, ref visits);
    }

    internal static List<JsonNode?> Select(IReadOnlyList<PathSegment> segments, JsonNode? start, JsonNode? root, ref int visits)
    {
        List<JsonNode?> nodes = [start];
        foreach (var segment in segments)
        {
            List<JsonNode?> next = [];
            foreach (var node in nodes)
            {
                segment.Select(node, root, next, ref visits);
            }

            nodes = next;
        }

        return nodes;
    }
}
