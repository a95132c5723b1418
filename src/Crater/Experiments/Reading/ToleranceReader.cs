using System.Globalization;
using Crater.Diagnostics;
using Crater.Documents;

namespace Crater.Experiments.Reading;

/// <summary>Reads a tolerance: what a hypothesis probe's value must be. Variables stay in it; what they will make of it is checked as far as they are known.</summary>
internal sealed class ToleranceReader(ReadScope scope, ActivityReader activities)
{
    private static readonly string[] Types = ["range", "regex", "jsonpath", "probe"];

    public Tolerance? Read(DocumentNode node, string path)
    {
        switch (node)
        {
            case ScalarNode { Type: ScalarType.Null or ScalarType.Number }:
                scope.Error("CRT2060", path, node, $"{node.Saying} cannot be a tolerance: write an integer, a text, true, false, a list, or {{type: range, range: [low, high]}}.");
                return null;
            case ScalarNode scalar:
                CheckVariable(scalar, path);
                return new ScalarTolerance(scalar.ToJson());
            case ListNode list:
                WarnWhenNever(list.Items.Count == 0, list, path, "The list is empty, so that no value is in it.");
                return new ListTolerance([.. list.Items.Select(item => item.ToJson())]);
            default:
                return ReadTyped(new Fields((MapNode)node, path, scope));
        }
    }

    private void CheckVariable(ScalarNode scalar, string path)
    {
        if (!scalar.IsText || !scalar.Text.Contains('$'))
        {
            return;
        }

        scope.CheckNames(scalar, path);
        if (scope.Mistyped.Refuses(scalar, path, scope))
        {
            return;
        }

        var filled = scope.Values.Value(scalar.Text);
        WarnWhenNever(ToleranceFilling.Fill(new ScalarTolerance(filled), Substitution.None) is null || DocumentNode.FromJson(filled) is ScalarNode { Type: ScalarType.Null or ScalarType.Number },
            scalar, path, $"{scalar.Text} is {DocumentNode.FromJson(filled).Saying}, which is no tolerance, so that no value is within it.");
    }

    private void WarnWhenNever(bool isNever, DocumentNode at, string path, string why)
    {
        if (isNever)
        {
            scope.Warn("CRT2206", path, at, why);
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
            fields.Take("name");
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
        if (fields.Take("range") is ListNode { Items: [ScalarNode low, ScalarNode high] } list && Bound(low) is { } lower && Bound(high) is { } upper)
        {
            WarnWhenNever(lower > upper, list, fields.At("range"), "The lower bound is above the upper one, so that no value is between them.");
            return new RangeTolerance(lower, upper) { Target = target };
        }

        scope.Error("CRT2063", fields.At("range"), fields.Map["range"] ?? fields.Map, "range must be two numbers, the lower one first: [low, high].");
        return null;
    }

    private double? Bound(ScalarNode node) => node.Number ?? (node.Boolean is { } flag ? (flag ? 1 : 0)
        : !scope.Options.IsStrict && double.TryParse(node.Text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && double.IsFinite(number) ? number : null);

    private RegexTolerance? Regex(Fields fields)
    {
        var target = fields.Text("target") ?? "";
        if (fields.Take("pattern") is not ScalarNode { IsText: true } node)
        {
            scope.Error("CRT2061", fields.At("pattern"), fields.Map["pattern"] ?? fields.Map, "A tolerance of type regex needs a pattern, which is a text.");
            return null;
        }

        scope.CheckNames(node, fields.At("pattern"));
        if ((TimedRegex.Complaint(node.Text) ?? TimedRegex.Complaint(scope.Values.Text(node.Text))) is { } complaint)
        {
            scope.Error("CRT2061", fields.At("pattern"), node, $"The pattern is not a regular expression: {complaint}");
        }

        return new RegexTolerance(node.Text) { Target = target };
    }

    private JsonPathTolerance? Path(Fields fields)
    {
        var target = fields.Text("target") ?? "";
        var path = fields.Text("path");
        var count = fields.Integer("count", 0, int.MaxValue, "CRT2062");
        var expect = fields.Take("expect");
        if (string.IsNullOrWhiteSpace(path))
        {
            scope.Error("CRT2062", fields.Path, fields.Map, "A tolerance of type jsonpath needs a path, e.g. $.items[*].name.");
            return null;
        }

        scope.CheckNames(fields.Map["path"]!, fields.At("path"));
        if (expect is not null)
        {
            scope.CheckNames(expect, fields.At("expect"));
        }

        if (!JsonPath.TryParse(scope.Options.IsStrict ? path : scope.Values.Text(path), out var read, out var complaint) || (scope.Options.IsStrict && !read!.IsToolkit))
        {
            scope.Error("CRT2062", fields.At("path"), fields.Map["path"], $"The path cannot be read: {(complaint.Length > 0 ? complaint : "it is not in the language of Chaos Toolkit's library, in which a filter is [?(@.name = \"x\")].")}");
        }

        return new JsonPathTolerance(path.Trim(), expect?.ToJson(), count) { Target = target, HasExpect = fields.Map.Has("expect") };
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
