using System.Text.Json.Nodes;
using Crater.Diagnostics;
using Crater.Documents;
using Crater.Measurements;

namespace Crater.Experiments.Reading;

/// <summary>Reads how an activity is carried out.</summary>
internal sealed class ProviderReader(ReadScope scope)
{
    private static readonly string[] Types = ["process", "http", "python", "fault", "metric"];

    public Provider? Read(MapNode map, string path)
    {
        var fields = new Fields(map, path, scope);
        var type = fields.Text("type");
        var provider = type switch
        {
            "process" => new ProcessReader(scope).Read(fields),
            "http" => new HttpReader(scope).Read(fields),
            "python" => Python(fields),
            "fault" => new FaultProviderReader(scope).Read(fields),
            "metric" => Metric(fields),
            _ => UnknownType(type, fields),
        };
        if (type is not null && Types.Contains(type))
        {
            fields.WarnUnknown($"A provider of type {type}");
        }

        return provider;
    }

    private Provider? UnknownType(string? type, Fields fields)
    {
        var found = type is null ? "The provider has no type" : $"There is no provider type {type}";
        scope.Error("CRT2034", fields.At("type"), fields.Map["type"] ?? fields.Map,
            $"{found}; use {string.Join(", ", Types)}.{Spelling.DidYouMean(type ?? "", Types)}");
        return null;
    }

    private PythonProvider? Python(Fields fields)
    {
        var module = fields.Text("module");
        var function = fields.Text("func");
        var arguments = fields.MapOf("arguments");
        var groups = fields.ListOf("secrets");
        if (string.IsNullOrWhiteSpace(module) || string.IsNullOrWhiteSpace(function))
        {
            scope.Error("CRT2057", fields.Path, fields.Map, "A python provider needs module and func.");
            return null;
        }

        if (!PythonFunctions.IsNative(module, function))
        {
            scope.Warn("CRT2058", fields.Path, fields.Map, $"{module}.{function} is not native and will fail when it is played; native are {string.Join(", ", PythonFunctions.Native)}.");
        }

        if (arguments is not null)
        {
            scope.CheckNames(arguments, fields.At("arguments"));
        }

        return new PythonProvider(module, function, arguments?.ToJson() as JsonObject ?? []) { Secrets = ReadGroups(groups, fields.At("secrets")) };
    }

    private List<string> ReadGroups(ListNode? groups, string path)
    {
        List<string> names = [];
        foreach (var item in groups?.Items ?? [])
        {
            if (item is ScalarNode scalar && scope.Secrets.Groups.Contains(scalar.Text))
            {
                names.Add(scalar.Text);
            }
            else
            {
                scope.Warn("CRT2059", path, item, $"There is no group of secrets {(item as ScalarNode)?.Text}; the function gets none of that name.");
            }
        }

        return names;
    }

    private MetricProvider? Metric(Fields fields)
    {
        var metric = fields.Text("metric", isResolved: true);
        var component = fields.Text("component", isResolved: true) ?? "";
        var window = fields.Duration("window") ?? TimeSpan.FromSeconds(5);
        if (metric is null || !KnownMetrics.All.Contains(metric))
        {
            scope.Error("CRT2081", fields.At("metric"), fields.Map["metric"] ?? fields.Map,
                $"{(metric is null ? "A metric provider needs a metric" : $"There is no metric {metric}")}; known are {string.Join(", ", KnownMetrics.All)}.{Spelling.DidYouMean(metric ?? "", KnownMetrics.All)}");
            return null;
        }

        return new MetricProvider(metric, component, window);
    }
}
