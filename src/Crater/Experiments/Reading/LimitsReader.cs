using Crater.Documents;
using Crater.Targets;

namespace Crater.Experiments.Reading;

/// <summary>Reads <c>blast-radius</c> and <c>load</c>.</summary>
internal sealed class LimitsReader(ReadScope scope)
{
    private static readonly TimeSpan DurationLongest = TimeSpan.FromHours(4);

    public BlastRadius ReadBlastRadius(MapNode? map)
    {
        var radius = new BlastRadius();
        if (map is null)
        {
            return radius;
        }

        var fields = new Fields(map, "blast-radius", scope);
        var duration = fields.Duration("duration-max", "CRT2085") ?? radius.DurationMax;
        if (duration <= TimeSpan.Zero || duration > DurationLongest)
        {
            scope.Error("CRT2085", fields.At("duration-max"), map["duration-max"], $"duration-max is {Durations.Text(duration)}; it must be more than 0s and at most {Durations.Text(DurationLongest)}.");
        }

        radius = radius with
        {
            TargetsMax = fields.Integer("targets-max", 1, 10_000, "CRT2085") ?? radius.TargetsMax,
            TargetShareMax = Share(fields) ?? radius.TargetShareMax,
            DurationMax = duration,
        };
        fields.WarnUnknown("blast-radius");
        return radius;
    }

    public LoadRequest? ReadLoad(MapNode? map)
    {
        if (map is null)
        {
            return null;
        }

        var fields = new Fields(map, "load", scope);
        var rate = fields.Number("rate", "CRT2086");
        var scenarios = Scenarios(fields);
        var timeout = fields.Duration("timeout", "CRT2086") ?? TimeSpan.FromSeconds(5);
        fields.WarnUnknown("load");
        if (rate is not (> 0 and <= 1_000_000))
        {
            scope.Error("CRT2086", "load.rate", map["rate"] ?? map, "load needs a rate: requests per second, more than 0 and at most 1000000.");
        }

        if (scenarios.Count == 0)
        {
            scope.Error("CRT2086", "load", map, "load needs a url, or scenarios with one url each.");
        }

        return new LoadRequest(rate ?? 1, scenarios) { Timeout = timeout };
    }

    private static Ratio? Share(Fields fields)
    {
        if (fields.TakeResolved("target-share-max") is not { } node)
        {
            return null;
        }

        if (ShareText.Read((node as ScalarNode)?.Text) is { Value: > 0 } share)
        {
            return share;
        }

        fields.Wrong("target-share-max", node, "a share greater than 0 and at most 1, such as 0.34 or 34%", "CRT2085");
        return null;
    }

    private List<LoadScenario> Scenarios(Fields fields)
    {
        List<LoadScenario> scenarios = [];
        if (fields.Map.Has("url"))
        {
            Add(scenarios, fields, "load");
        }

        var list = fields.ListOf("scenarios");
        for (var i = 0; i < (list?.Items.Count ?? 0); i++)
        {
            var path = $"load.scenarios[{i}]";
            if (list!.Items[i] is not MapNode map)
            {
                scope.Error("CRT2086", path, list.Items[i], $"A scenario must be a map with name and url; found {list.Items[i].Saying}.");
                continue;
            }

            var scenario = new Fields(map, path, scope);
            Add(scenarios, scenario, $"scenario {i + 1}");
            scenario.WarnUnknown("A scenario");
        }

        return scenarios;
    }

    private void Add(List<LoadScenario> scenarios, Fields fields, string name)
    {
        var url = fields.Text("url", isResolved: true);
        var weight = fields.Number("weight", "CRT2086") ?? 1;
        if (!Uri.TryCreate(url, UriKind.Absolute, out var uri) || uri.Scheme is not ("http" or "https"))
        {
            scope.Error("CRT2086", fields.At("url"), fields.Map["url"] ?? fields.Map, "The url must be absolute and begin with http:// or https://.");
        }

        if (weight <= 0)
        {
            scope.Error("CRT2086", fields.At("weight"), fields.Map["weight"], "A weight must be greater than 0.");
        }

        scenarios.Add(new LoadScenario(fields.Text("name") ?? name, weight, fields.Text("method")?.ToUpperInvariant() ?? "GET", url ?? "") { Body = fields.TakeResolved("body")?.ToJson() });
    }
}
