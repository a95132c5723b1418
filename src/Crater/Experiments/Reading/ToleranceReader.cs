using System.Globalization;
using Crater.Diagnostics;
using Crater.Documents;

namespace Crater.Experiments.Reading;

/// <summary>Reads a tolerance: what a hypothesis probe's value must be.</summary>
internal sealed class ToleranceReader(ReadScope scope, ActivityReader activities)
{
    private static readonly string[] Types = ["range", "regex", "jsonpath", "probe"];

    public Tolerance? Read(DocumentNode node, string path)
    {
        // Substitution reaches a tolerance that is one text, which may become any type, and no list or range.
        var resolved = node is ScalarNode { IsText: true } ? scope.Resolve(node, path) : node;
        switch (resolved)
        {
            case ScalarNode { Type: ScalarType.Null or ScalarType.Number }:
                scope.Error("CRT2060", path, node, $"{resolved.Saying} cannot be a tolerance: write an integer, a text, true, false, a list, or {{type: range, range: [low, high]}}.");
                return null;
            case ScalarNode scalar:
                return new ScalarTolerance(scalar.ToJson());
            case ListNode { Items.Count: > 0 } list when list.Items.All(item => item is ScalarNode):
                return new ListTolerance([.. list.Items.Select(item => item.ToJson())]);
            case MapNode map:
                return ReadTyped(new Fields(map, path, scope));
            default:
                scope.Error("CRT2060", path, node, "A tolerance as a list must hold one or more plain values.");
                return null;
        }
    }

    private Tolerance? ReadTyped(Fields fields)
    {
        var type = fields.Text("type");
        var tolerance = type switch
        {
            "range" => Range(fields),
            "regex" => Regex(fields),
            "jsonpath" => Path(fields),
            "probe" => Probe(fields),
            _ => Unknown(type, fields),
        };
        if (type is not null && type != "probe" && Types.Contains(type))
        {
            fields.WarnUnknown($"A tolerance of type {type}");
        }

        return tolerance;
    }

    private Tolerance? Unknown(string? type, Fields fields)
    {
        scope.Error("CRT2060", fields.At("type"), fields.Map["type"] ?? fields.Map,
            $"{(type is null ? "A tolerance that is a map needs a type" : $"There is no tolerance type {type}")}; use {string.Join(", ", Types)}.{Spelling.DidYouMean(type ?? "", Types)}");
        return null;
    }

    private RangeTolerance? Range(Fields fields)
    {
        var target = fields.Text("target") ?? "";
        if (fields.Take("range") is ListNode { Items: [ScalarNode low, ScalarNode high] } && Bound(low) is { } lower && Bound(high) is { } upper && lower <= upper)
        {
            return new RangeTolerance(lower, upper) { Target = target };
        }

        scope.Error("CRT2063", fields.At("range"), fields.Map["range"] ?? fields.Map, "range must be two numbers, the lower one first: [low, high].");
        return null;
    }

    private static double? Bound(ScalarNode node) =>
        node.Number ?? (double.TryParse(node.Text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && double.IsFinite(number) ? number : null);

    private RegexTolerance? Regex(Fields fields)
    {
        var target = fields.Text("target") ?? "";
        var pattern = fields.Text("pattern", isResolved: true);
        if (pattern is null)
        {
            scope.Error("CRT2061", fields.Path, fields.Map, "A tolerance of type regex needs a pattern.");
            return null;
        }

        if (TimedRegex.Complaint(pattern) is { } complaint)
        {
            scope.Error("CRT2061", fields.At("pattern"), fields.Map["pattern"], $"The pattern is not a regular expression: {complaint}");
        }

        return new RegexTolerance(pattern) { Target = target };
    }

    private JsonPathTolerance? Path(Fields fields)
    {
        var target = fields.Text("target") ?? "";
        var path = fields.Text("path", isResolved: true);
        var count = fields.Integer("count", 0, int.MaxValue, "CRT2062");
        var expect = fields.TakeResolved("expect");
        if (path is null)
        {
            scope.Error("CRT2062", fields.Path, fields.Map, "A tolerance of type jsonpath needs a path, e.g. $.items[*].name.");
            return null;
        }

        if (!JsonPath.TryParse(path, out _, out var complaint))
        {
            scope.Error("CRT2062", fields.At("path"), fields.Map["path"], $"The path cannot be read: {complaint}");
        }

        return new JsonPathTolerance(path, expect?.ToJson(), count) { Target = target };
    }

    private ProbeTolerance? Probe(Fields fields)
    {
        if (fields.Map["provider"] is MapNode provider && !provider.Has("arguments") && provider.Text("type") is not "metric")
        {
            scope.Error("CRT2060", fields.At("provider"), provider, "A probe in a tolerance gets the value as an argument; its provider needs arguments, if only an empty map.");
        }

        return activities.Read(fields.Map, fields.Path, Place.Tolerance) is { } probe ? new ProbeTolerance(probe with { IsProbe = true }) : null;
    }
}
