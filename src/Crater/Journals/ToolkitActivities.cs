using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Crater.Experiments;

namespace Crater.Journals;

/// <summary>Finds an activity as the document wrote it, variables not put in: by its place, since two may have one name.</summary>
internal sealed class ToolkitActivities
{
    private const string Probes = "steady-state-hypothesis.probes";
    private readonly JsonObject _document;
    private readonly Lazy<Dictionary<string, JsonObject>> _byName;

    public ToolkitActivities(JsonObject document, Experiment experiment)
    {
        _document = document;
        _byName = new(() => ByName(experiment));
    }

    /// <summary>The activity at the place, as a part of the document; what is not there is found by its name, or is that name alone.</summary>
    public JsonObject Of(string place, string name)
    {
        if (At(place) is { } activity)
        {
            // A ref stands for the activity that it names.
            return activity["ref"] is not JsonValue reference || !reference.TryGetValue<string>(out var named) ? activity
                : _byName.Value.TryGetValue(named, out var meant) ? meant
                : activity;
        }

        return _byName.Value.TryGetValue(name, out var known) ? known : new JsonObject { ["name"] = name };
    }

    private JsonObject? At(string place)
    {
        var open = place.LastIndexOf('[');
        if (open <= 0 || !place.EndsWith(']') || !int.TryParse(place.AsSpan(open + 1, place.Length - open - 2), NumberStyles.None, CultureInfo.InvariantCulture, out var index))
        {
            return null;
        }

        return List(place[..open]) is { } list && index < list.Count ? list[index] as JsonObject : null;
    }

    private JsonArray? List(string name) => name == Probes ? (_document["steady-state-hypothesis"] as JsonObject)?["probes"] as JsonArray : _document[name] as JsonArray;

    // As refs look them up: of two with one name the later counts, and one of the hypothesis before one of the method.
    private Dictionary<string, JsonObject> ByName(Experiment experiment)
    {
        Dictionary<string, JsonObject> byName = new(StringComparer.Ordinal);
        foreach (var activity in new[] { "rollbacks", "method", Probes }.Select(List).OfType<JsonArray>().SelectMany(list => list).OfType<JsonObject>())
        {
            if (activity["name"] is JsonValue name && name.GetValueKind() == JsonValueKind.String)
            {
                byName[name.GetValue<string>()] = activity;
            }
        }

        foreach (var activity in experiment.Method.Concat(experiment.Hypothesis?.Probes ?? []).Where(activity => activity.BrokenRef.Length == 0))
        {
            // The Chaos Advisor's form writes no activities; these are the ones that it came to.
            byName.TryAdd(activity.Name, Compiled(activity));
        }

        return byName;
    }

    private static JsonObject Compiled(Activity activity) => new()
    {
        ["type"] = activity.IsProbe ? "probe" : "action",
        ["name"] = activity.Name,
        ["provider"] = activity.Provider switch
        {
            FaultProvider fault => new JsonObject
            {
                ["type"] = "fault",
                ["fault"] = fault.Fault.AskedAs,
                ["target"] = new JsonObject { ["namespace"] = fault.Target.Namespace, ["labels"] = fault.Target.Labels, ["count"] = fault.Target.Count },
                ["arguments"] = new JsonObject(fault.Fault.Arguments.Where(argument => argument.Value.Length > 0)
                    .Select(argument => KeyValuePair.Create(argument.Key, (JsonNode?)JsonValue.Create(argument.Value)))),
                ["duration"] = Targets.Durations.Text(fault.Duration),
            },
            MetricProvider metric => new JsonObject { ["type"] = "metric", ["metric"] = metric.Metric },
            _ => new JsonObject(),
        },
    };
}
