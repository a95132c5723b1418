using System.Text.RegularExpressions;
using Crater.Diagnostics;
using Crater.Documents;
using Crater.Measurements;
using Crater.Targets;

namespace Crater.Experiments.Reading;

/// <summary>Reads <c>guards</c>: a list of maps or of short texts, or a map from metric to limit.</summary>
internal sealed partial class GuardReader(ReadScope scope)
{
    public IReadOnlyList<GuardCondition> Read(DocumentNode? node)
    {
        switch (node)
        {
            case null or ScalarNode { IsNull: true }:
                return [];
            case ListNode list:
                return [.. list.Items.Select((item, i) => One(item, $"guards[{i}]")).OfType<GuardCondition>()];
            case MapNode map:
                return [.. map.Entries.Select(entry => ByMetric(entry, $"guards.{entry.Key}")).OfType<GuardCondition>()];
            default:
                scope.Error("CRT2006", "guards", node, $"guards must be a list; found {node.Saying}.");
                return [];
        }
    }

    private GuardCondition? One(DocumentNode node, string path)
    {
        if (node is MapNode map)
        {
            return Full(new Fields(map, path, scope), metric: null);
        }

        var text = scope.Resolve(node, path) as ScalarNode;
        if (text is not null && ShortForm().Match(text.Text) is { Success: true } parts)
        {
            return Short(parts.Groups["metric"].Value, parts, node, path);
        }

        scope.Error("CRT2080", path, node, $"A guard is a map such as {{metric: error_rate, above: 0.05, for: 5s}} or a text such as \"error_rate > 5% for 5s\"; found {node.Saying}.");
        return null;
    }

    private GuardCondition? ByMetric(MapEntry entry, string path)
    {
        if (entry.Value is MapNode map)
        {
            return Full(new Fields(map, path, scope), entry.Key);
        }

        // A bare limit is the largest value allowed.
        var text = (scope.Resolve(entry.Value, path) as ScalarNode)?.Text ?? "";
        var whole = text.Length > 0 && text[0] is '<' or '>' ? $"{entry.Key} {text}" : $"{entry.Key} > {text}";
        if (ShortForm().Match(whole) is { Success: true } parts)
        {
            return Short(entry.Key, parts, entry.Value, path);
        }

        scope.Error("CRT2080", path, entry.Value, $"The limit of {entry.Key} must be a number, a text such as \"> 5% for 5s\", or a map; found {entry.Value.Saying}.");
        return null;
    }

    private GuardCondition? Short(string metric, Match parts, DocumentNode at, string path)
    {
        var forText = parts.Groups["for"].Value;
        var isDuration = Durations.TryParse(forText.Length > 0 ? forText : "0", out var held);
        if (!isDuration)
        {
            scope.Error("CRT2082", path, at, $"'{forText}' is not a duration; write for example 5s.");
        }

        return IsKnown(metric, at, path) && Limit(metric, parts.Groups["limit"].Value, at, path) is { } limit && isDuration
            ? GuardLimits.With(new GuardCondition { Metric = metric, For = held }, parts.Groups["operator"].Value, limit)
            : null;
    }

    private GuardCondition? Full(Fields fields, string? metric)
    {
        metric ??= fields.Text("metric", isResolved: true) ?? "";
        var guard = new GuardCondition
        {
            Metric = metric,
            PromQl = fields.Text("promql", isResolved: true) ?? "",
            Http = fields.Text("http", isResolved: true) ?? "",
            Component = fields.Text("component", isResolved: true) ?? "",
            Above = Limit(metric, fields, "above"),
            Below = Limit(metric, fields, "below"),
            For = fields.Duration("for", "CRT2082") ?? TimeSpan.Zero,
            StaleAfter = fields.Duration("stale-after", "CRT2082") ?? TimeSpan.FromSeconds(10),
            Window = fields.Duration("window", "CRT2082") ?? TimeSpan.FromSeconds(5),
        };
        fields.WarnUnknown("A guard");
        var what = new[] { guard.Metric, guard.PromQl, guard.Http }.Count(text => text.Length > 0);
        var hasLimit = fields.Map.Has("above") || fields.Map.Has("below");
        if (what != 1)
        {
            scope.Error("CRT2080", fields.Path, fields.Map, $"A guard watches exactly one of metric, promql and http; {what} are given.");
        }
        else if (guard.Http.Length == 0 && !hasLimit)
        {
            scope.Error("CRT2080", fields.Path, fields.Map, "A guard needs a limit: above or below.");
        }
        else if (guard.Metric.Length > 0)
        {
            IsKnown(guard.Metric, fields.Map["metric"] ?? fields.Map, fields.At("metric"));
        }

        return guard;
    }

    private bool IsKnown(string metric, DocumentNode at, string path)
    {
        if (KnownMetrics.All.Contains(metric))
        {
            return true;
        }

        scope.Error("CRT2081", path, at, $"There is no metric {metric}; known are {string.Join(", ", KnownMetrics.All)}.{Spelling.DidYouMean(metric, KnownMetrics.All)}");
        return false;
    }

    private double? Limit(string metric, Fields fields, string key) =>
        fields.TakeResolved(key) is not { } node ? null : Limit(metric, (node as ScalarNode)?.Text ?? "[", fields.Map[key]!, fields.At(key));

    private double? Limit(string metric, string text, DocumentNode at, string path)
    {
        var limit = GuardLimits.Read(metric, text, out var complaint);
        if (limit is null)
        {
            scope.Error("CRT2082", path, at, complaint);
        }

        return limit;
    }

    [GeneratedRegex(@"^\s*(?<metric>[A-Za-z_][A-Za-z0-9_]*)\s*(?<operator>[<>]=?)\s*(?<limit>[^\s]+)(?:\s+for\s+(?<for>\S+))?\s*$")]
    private static partial Regex ShortForm();
}
