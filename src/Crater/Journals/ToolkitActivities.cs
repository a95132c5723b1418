using System.Text.Json;
using System.Text.Json.Nodes;
using Crater.Experiments;

namespace Crater.Journals;

/// <summary>Finds an activity as the document wrote it, variables not put in.</summary>
internal sealed class ToolkitActivities
{
    private readonly Dictionary<string, JsonObject> _byName = new(StringComparer.Ordinal);

    public ToolkitActivities(JsonObject document, Experiment experiment)
    {
        var lists = new[] { document["rollbacks"], document["method"], (document["steady-state-hypothesis"] as JsonObject)?["probes"] };
        foreach (var activity in lists.OfType<JsonArray>().SelectMany(list => list).OfType<JsonObject>())
        {
            if (activity["name"] is JsonValue name && name.GetValueKind() == JsonValueKind.String)
            {
                _byName[name.GetValue<string>()] = activity;
            }
        }

        foreach (var activity in experiment.Method.Concat(experiment.Hypothesis?.Probes ?? []))
        {
            // The Chaos Advisor's form writes no activities; these are the ones that it came to.
            _byName.TryAdd(activity.Name, Compiled(activity));
        }
    }

    /// <summary>A copy of the activity; an unknown name gives an activity with that name alone.</summary>
    public JsonObject Of(string name) => _byName.TryGetValue(name, out var activity)
        ? (JsonObject)activity.DeepClone()
        : new JsonObject { ["name"] = name };

    /// <summary>The entry of one play of an activity, without its end.</summary>
    public JsonObject Entry(string name, DateTimeOffset start) => new()
    {
        ["activity"] = Of(name),
        ["output"] = null,
        ["start"] = ToolkitJournal.Time(start),
    };

    /// <summary>Output as it was journaled: JSON where it is, else text.</summary>
    public static JsonNode? Output(string text)
    {
        try
        {
            return JsonNode.Parse(text);
        }
        catch (JsonException)
        {
            return JsonValue.Create(text);
        }
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
