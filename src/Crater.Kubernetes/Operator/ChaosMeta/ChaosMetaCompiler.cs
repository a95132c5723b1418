using System.Globalization;
using System.Text.Json.Nodes;
using Crater.Diagnostics;
using Crater.Faults;
using Crater.Kubernetes.Client;
using Crater.Targets;

namespace Crater.Kubernetes.Operator.ChaosMeta;

/// <summary>What came of reading a ChaosMeta Experiment: a document, or everything that cannot be executed here.</summary>
internal sealed record Compiled(JsonObject? Document, IReadOnlyList<Problem> Problems);

/// <summary>
/// Makes an experiment document of a ChaosMeta Experiment (chaosmeta.io/v1alpha1). Its two words for a fault are known to the catalogue; what has no counterpart is a
/// problem, never left out.
/// </summary>
internal static class ChaosMetaCompiler
{
    /// <summary>ChaosMeta has no blast radius; without one, a selector that matches everything would be all it takes.</summary>
    public const int TargetsMax = 100;

    /// <summary>Cloud faults whose words are not joined by a dash alone.</summary>
    private static readonly Dictionary<(string Target, string Fault), string> Renamed = new()
    {
        [("pod", "delete")] = "pod-kill",
        [("pod", "containerimage")] = "container-image",
        [("pod", "containerkill")] = "container-kill",
        [("pod", "containerpause")] = "container-pause",
        [("cluster", "pendingpod")] = "cluster-pending-pods",
        [("cluster", "completedjob")] = "cluster-completed-jobs",
    };

    public static Compiled Compile(JsonObject found)
    {
        List<Problem> problems = [];
        var spec = found["spec"] as JsonObject ?? [];
        var kind = KindOf(spec, problems);
        var fault = FaultOf(spec, kind, problems);
        var duration = spec.Text("experiment", "duration");
        if (!Durations.TryParse(duration, out _) || duration.Length == 0 || !char.IsAsciiLetter(duration[^1]))
        {
            problems.Add(Wrong("spec.experiment.duration", $"'{duration}' is no duration; write a number and s, m or h."));
        }

        var targets = Targets(spec, kind, problems).ToList();
        if (problems.Count > 0)
        {
            return new Compiled(null, problems);
        }

        var arguments = new JsonObject();
        foreach (var argument in spec.Objects("experiment", "args").Where(argument => argument.Text("key") != "containername"))
        {
            arguments[Key(fault, argument.Text("key"))] = argument.Text("value");
        }

        return new Compiled(new JsonObject
        {
            ["title"] = $"ChaosMeta: {spec.Text("experiment", "target")} {spec.Text("experiment", "fault")}",
            ["blast-radius"] = new JsonObject { ["targets-max"] = TargetsMax, ["duration-max"] = duration },
            ["method"] = new JsonArray([.. targets.Select((target, place) => (JsonNode?)new JsonObject
            {
                ["type"] = "action",
                ["name"] = $"{fault} {place + 1}",
                ["background"] = targets.Count > 1,
                ["provider"] = new JsonObject { ["type"] = "fault", ["fault"] = fault, ["target"] = target, ["arguments"] = arguments.DeepClone(), ["duration"] = duration },
            })]),
        }, []);
    }

    private static TargetKind KindOf(JsonObject spec, List<Problem> problems)
    {
        var (scope, target) = (spec.Text("scope"), spec.Text("experiment", "target"));
        var word = scope == "kubernetes" ? target == "cluster" ? "namespace" : target : scope;
        if (scope is "pod" or "node" or "kubernetes" && Enum.TryParse<TargetKind>(word, ignoreCase: true, out var kind))
        {
            return kind;
        }

        problems.Add(Wrong("spec.scope", $"The scope '{scope}' with the target '{target}' is not one that can be executed here: pod, node, or kubernetes with pod, deployment, statefulset, daemonset, job, namespace, node or cluster."));
        return default;
    }

    private static string FaultOf(JsonObject spec, TargetKind kind, List<Problem> problems)
    {
        var (target, fault) = (spec.Text("experiment", "target"), spec.Text("experiment", "fault"));
        var name = Renamed.GetValueOrDefault((target, fault), $"{target}-{fault}");
        if ((FaultCatalogue.Find(name, kind) ?? FaultCatalogue.Find(name)) is { } definition)
        {
            return definition.Name;
        }

        problems.Add(Wrong("spec.experiment", $"The fault '{target} {fault}' cannot be executed here: Crater has none of that name."));
        return "";
    }

    private static IEnumerable<JsonObject> Targets(JsonObject spec, TargetKind kind, List<Problem> problems)
    {
        var units = spec.Objects("selector").ToList();
        var word = TargetId.Text(kind);
        if (spec.Text("experiment", "target") == "cluster")
        {
            var name = spec.Objects("experiment", "args").FirstOrDefault(argument => argument.Text("key") == "namespace").Text("value");
            yield return new JsonObject { ["kind"] = word, ["name"] = name };
            yield break;
        }

        if (units.Count == 0)
        {
            problems.Add(Wrong("spec.selector", "There is no selector, so there is no target."));
        }

        var range = spec.Text("rangeMode", "type") is { Length: > 0 } type ? type : "all";
        if (units.Count > 1 && range != "all")
        {
            problems.Add(Wrong("spec.rangeMode", $"'{range}' over several selectors at once cannot be executed here; make one Experiment for each."));
        }

        foreach (var unit in units)
        {
            foreach (var target in Unit(unit, word, kind, range, spec, problems))
            {
                yield return target;
            }
        }
    }

    private static IEnumerable<JsonObject> Unit(JsonObject unit, string word, TargetKind kind, string range, JsonObject spec, List<Problem> problems)
    {
        var isSpaced = kind is not (TargetKind.Node or TargetKind.Namespace);
        JsonObject Target() => isSpaced ? new JsonObject { ["kind"] = word, ["namespace"] = unit.Text("namespace") } : new JsonObject { ["kind"] = word };
        if (isSpaced && unit.Text("namespace").Length == 0)
        {
            problems.Add(Wrong("spec.selector", "A selector of pods and workloads needs a namespace."));
        }

        if (unit.Texts("ip").Count > 0)
        {
            problems.Add(Wrong("spec.selector", "Selecting by ip cannot be executed here; select by name or label."));
        }

        if (unit.Text("subName") is { Length: > 0 } and not "firstcontainer")
        {
            problems.Add(Wrong("spec.selector", "Selecting a container by subName cannot be executed here."));
        }

        var value = spec.Integer("rangeMode", "value") ?? 0;
        if (unit.Texts("name") is { Count: > 0 } names)
        {
            var sorted = names.Distinct().Order(StringComparer.Ordinal).ToList();
            var count = range switch { "count" => Math.Min(value, sorted.Count), "percent" => sorted.Count * value / 100, _ => sorted.Count };
            foreach (var name in sorted.Take(count))
            {
                var target = Target();
                target["name"] = name;
                yield return target;
            }

            yield break;
        }

        var all = Target();
        if (unit.Map("label") is { Count: > 0 } labels)
        {
            all["labels"] = string.Join(',', labels.Select(label => $"{label.Key}={label.Value}"));
        }

        if (range == "count")
        {
            all["count"] = value;
        }
        else
        {
            all["share"] = range == "percent" ? value / 100d : 1d;
        }

        yield return all;
    }

    private static string Key(string fault, string key) => fault.EndsWith("-scale", StringComparison.Ordinal) && key == "value" ? "replicas" : key;

    private static Problem Wrong(string path, string message) => new(path, "CRT8410", message);
}
