using Crater.Diagnostics;
using Crater.Documents;
using Crater.Measurements;

namespace Crater.Experiments.Reading;

/// <summary>Reads how an activity is carried out.</summary>
internal sealed class ProviderReader(ReadScope scope)
{
    private static readonly string[] Types = ["process", "http", "python", "fault", "metric"];

    private readonly ProcessReader _process = new(scope);
    private readonly HttpReader _http = new(scope);
    private readonly PythonReader _python = new(scope);

    public Provider? Read(MapNode map, string path, Place place)
    {
        var fields = new Fields(map, path, scope);
        var type = fields.Text("type");
        var provider = type switch
        {
            "process" => _process.Read(fields),
            "http" => _http.Read(fields),
            "python" => _python.Read(fields, place),
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
