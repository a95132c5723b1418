using Crater.Documents;
using Crater.Faults;
using Crater.Targets;

namespace Crater.Experiments.Reading;

/// <summary>Reads a provider of type <c>fault</c>: what goes wrong, where, and for how long.</summary>
internal sealed class FaultProviderReader(ReadScope scope)
{
    /// <summary>The Chaos Advisor's default.</summary>
    public static readonly TimeSpan DurationDefault = TimeSpan.FromSeconds(60);

    private static readonly TimeSpan DurationLongest = TimeSpan.FromHours(4);

    public FaultProvider? Read(Fields fields)
    {
        var name = fields.Text("fault", isResolved: true);
        var arguments = fields.TakeResolved("arguments");
        var targetNode = fields.TakeResolved("target");
        var duration = Duration(fields, "duration");
        var probes = Probes(fields);
        if (arguments is not null and not MapNode)
        {
            fields.Wrong("arguments", arguments, "a map");
        }

        if (string.IsNullOrWhiteSpace(name))
        {
            scope.Error("CRT2074", fields.Path, fields.Map, "A fault provider needs a fault: its name from craterctl catalog.");
            return null;
        }

        var target = ReadTarget(targetNode, name, fields);
        var fault = Describe(name, arguments as MapNode, fields, target?.Kind);
        return fault is null || target is null ? null : new FaultProvider(fault with { Probes = probes }, target, duration);
    }

    /// <summary>A duration of a fault: more than nothing and at most 4 h.</summary>
    public TimeSpan Duration(Fields fields, string key)
    {
        if (fields.Duration(key, "CRT2073") is not { } duration)
        {
            return DurationDefault;
        }

        if (duration <= TimeSpan.Zero || duration > DurationLongest)
        {
            scope.Error("CRT2073", fields.At(key), fields.Map[key], $"{key} is {Durations.Text(duration)}; it must be more than 0s and at most {Durations.Text(DurationLongest)}.");
        }

        return duration;
    }

    // What may stand in them is the engine's matter: its driver checks it before anything is touched.
    private static string? Probes(Fields fields)
    {
        if (fields.TakeResolved("probes") is not { } node)
        {
            return null;
        }

        if (node is ListNode { Items.Count: > 0 } list && list.Items.All(item => item is MapNode))
        {
            return list.ToJson()!.ToJsonString();
        }

        fields.Wrong("probes", node, "a list of probes in the engine's own words");
        return null;
    }

    private Fault? Describe(string name, MapNode? arguments, Fields fields, TargetKind? kind)
    {
        var problems = new List<Diagnostics.Problem>();
        var fault = FaultCatalogue.Describe(name, arguments, fields.At("arguments"), problems, kind);
        var at = fields.Map["fault"] ?? fields.Map;
        foreach (var problem in problems)
        {
            var isName = problem.Code is "CRT2101" or "CRT2102";
            var placed = isName ? problem with { Path = fields.At("fault"), Line = at.Line, Column = at.Column } : problem;
            scope.Problems.Add(placed.Line > 0 ? placed : placed with { Line = fields.Map.Line, Column = fields.Map.Column });
        }

        return fault;
    }

    private TargetSelector? ReadTarget(DocumentNode? node, string fault, Fields fields)
    {
        if (node is not MapNode map)
        {
            scope.Error("CRT2070", fields.At("target"), node ?? fields.Map, "A fault needs a target: a map with namespace and labels or name, e.g. {namespace: shop, labels: \"app=carts\"}, or with hosts, e.g. {hosts: \"role=db\"}.");
            return null;
        }

        var target = new Fields(map, fields.At("target"), scope);
        if (HostTargetReader.Is(map))
        {
            return new HostTargetReader(scope).Read(target, fault, Labels(target, HostTargetReader.Hosts(target)), Share(target));
        }

        // Those of a cluster's own definition come first: its first is what is meant when the target does not say.
        List<TargetKind> fitting = [.. FaultCatalogue.Variants(fault).OrderBy(known => known.IsForHosts).SelectMany(known => known.Targets)
            .Where(kind => kind is not (TargetKind.Host or TargetKind.Process or TargetKind.Container)).Distinct()];
        if (fitting.Count == 0 && FaultCatalogue.Find(fault) is { } host)
        {
            scope.Error("CRT2072", target.At("hosts"), map,
                $"{host.Name} hits {string.Join(" and ", host.Targets.Select(TargetId.Text))} on hosts; write which, e.g. {{hosts: \"role=db\"{host.Targets[0] switch { TargetKind.Process => ", process: redis-server", TargetKind.Container => ", container: redis-server", _ => "" }}}}.");
            return null;
        }

        var selector = new TargetSelector
        {
            Kind = Kind(target, fault, fitting.Count > 0 ? fitting : [TargetKind.Pod]),
            Namespace = target.Text("namespace") ?? scope.Options.DefaultNamespace,
            Labels = Labels(target, target.Take("labels", "label_selector", "selector")),
            Name = target.Text("name") ?? "",
            Count = target.Integer("count", 1, 10_000, "CRT2071") ?? 1,
            Share = Share(target),
        };
        if (selector.Share is not null && map.Has("count"))
        {
            scope.Warn("CRT2075", target.At("count"), map["count"], "count has no effect beside share.");
        }

        target.WarnUnknown("A target");
        return selector.Kind == TargetKind.Node ? selector with { Namespace = "" } : selector;
    }

    private TargetKind Kind(Fields target, string fault, List<TargetKind> fitting)
    {
        // Of a fault that there is not, nobody knows what it hits: its name is what is wrong.
        if (target.Text("kind") is not { } text || FaultCatalogue.Variants(fault).Count == 0)
        {
            return fitting[0];
        }

        if (Enum.TryParse<TargetKind>(text.Replace("-", "", StringComparison.Ordinal), ignoreCase: true, out var kind) && !char.IsAsciiDigit(text[0]) && fitting.Contains(kind))
        {
            return kind;
        }

        scope.Error("CRT2072", target.At("kind"), target.Map["kind"],
            $"{FaultCatalogue.Find(fault)?.Name ?? fault} cannot hit a target of kind {text}; it hits {string.Join(", ", fitting.Select(TargetId.Text))}.");
        return fitting[0];
    }

    /// <summary>A selector as text or as a map of labels.</summary>
    public string Labels(Fields target, DocumentNode? node)
    {
        var text = node switch
        {
            null => "",
            MapNode map => string.Join(",", map.Entries.Select(entry => $"{entry.Key}={(entry.Value as ScalarNode)?.Text}")),
            ScalarNode scalar => scalar.Text,
            _ => "[",
        };
        if (!LabelSelector.TryParse(text, out _))
        {
            scope.Error("CRT2071", target.At("labels"), node, $"{node!.Saying} is not a label selector; use key=value, key!=value, key in (a, b), key notin (a, b), key or !key.");
            return "";
        }

        return text;
    }

    private static Ratio? Share(Fields target)
    {
        if (target.Take("share") is not { } node)
        {
            return null;
        }

        if (ShareText.Read((node as ScalarNode)?.Text) is { Value: > 0 } share)
        {
            return share;
        }

        target.Wrong("share", node, "a share greater than 0 and at most 1, such as 0.5 or 50%", "CRT2071");
        return null;
    }
}
