using System.Text.Json.Nodes;
using Crater.Experiments.Paths;

namespace Crater.Experiments;

/// <summary>
/// A JSONPath query, in one of two languages. What Chaos Toolkit's library can read means what it means there (<see cref="ToolkitPathParser"/>). Anything else is
/// read by RFC 9535: members, wildcards, indices, slices, unions, descendants and filters with comparisons, <c>&amp;&amp;</c>, <c>||</c> and <c>!</c>, without functions.
/// </summary>
/// <seealso href="https://www.rfc-editor.org/rfc/rfc9535">RFC 9535</seealso>
public sealed class JsonPath
{
    /// <summary>A query that visits more nodes than this gives up; a document of that size is no probe's answer.</summary>
    private const int VisitsMax = 1_000_000;

    private const int LengthMax = 10_000;

    private readonly IReadOnlyList<PathSegment> _segments;

    private JsonPath(IReadOnlyList<PathSegment> segments, bool isToolkit) => (_segments, IsToolkit) = (segments, isToolkit);

    /// <summary>It is in the language of Chaos Toolkit's library.</summary>
    public bool IsToolkit { get; }

    public static bool TryParse(string text, out JsonPath? path, out string complaint)
    {
        complaint = "";
        path = null;
        if (text.Length > LengthMax)
        {
            complaint = $"it has {text.Length} characters, more than the {LengthMax} that are read.";
            return false;
        }

        if (Try(() => new ToolkitPathParser(text).Parse(), out var segments, out _))
        {
            path = new JsonPath(segments, isToolkit: true);
            return true;
        }

        path = Try(() => new PathParser(text).Parse(), out segments, out complaint) ? new JsonPath(segments, isToolkit: false) : null;
        return path is not null;
    }

    private static bool Try(Func<IReadOnlyList<PathSegment>> parse, out IReadOnlyList<PathSegment> segments, out string complaint)
    {
        try
        {
            (segments, complaint) = (parse(), "");
            return true;
        }
        catch (FormatException error)
        {
            (segments, complaint) = ([], error.Message);
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
