using Crater.Documents;
using Crater.Faults;
using Crater.Targets;

namespace Crater.Experiments.Reading;

/// <summary>
/// Reads the short form of the Chaos Advisor: one <c>action</c> with <c>target_selector</c>, <c>parameters</c> and <c>abort_threshold</c>. The
/// threshold becomes the guard and, since the form has no hypothesis of its own, also the hypothesis.
/// </summary>
internal sealed class AdvisorForm(ReadScope scope)
{
    private static readonly Dictionary<string, string> Engines = new(StringComparer.OrdinalIgnoreCase)
    {
        ["litmuschaos"] = "litmus",
        ["litmus"] = "litmus",
        ["chaos-mesh"] = "chaos-mesh",
        ["chaosmesh"] = "chaos-mesh",
        ["kubernetes"] = "kubernetes",
        ["lab"] = "lab",
    };

    public static bool Is(MapNode root) => root.Has("action") && !root.Has("method");

    public Experiment Read(Fields fields, string source, string format)
    {
        var action = fields.Text("action", isResolved: true) ?? "";
        var title = fields.Text("title") ?? "";
        var parameters = new AdvisorParameters(scope).Read(fields, action);
        var target = Target(fields, FaultCatalogue.Find(action), parameters);
        if (FaultCatalogue.Find(action) is { IsForHosts: true } host)
        {
            scope.Error("CRT2072", fields.At("action"), fields.Map["action"],
                $"{host.Name} hits a {string.Join(" or a ", host.Targets.Select(TargetId.Text))} on hosts, and this form has targets in a cluster only. Write it with a method, and a provider of type fault.");
        }

        var guard = Threshold(fields);
        var experiment = new Experiment
        {
            Title = title,
            Description = fields.Text("description") ?? "",
            Tags = [.. new[] { Risk(fields) }.OfType<string>()],
            Method = parameters.Fault is null || target is null ? [] : [new Activity
            {
                Name = title.Length > 0 ? title : parameters.Fault.AskedAs,
                IsProbe = false,
                Provider = new FaultProvider(parameters.Fault, target, parameters.Duration),
            }],
            Hypothesis = guard is null ? null : Hypothesis(guard, fields.Text("expected_impact") ?? ""),
            Guards = guard is null ? [] : [guard],
            BlastRadius = new BlastRadius { TargetsMax = Math.Max(1, parameters.Count) },
            Driver = Driver(fields),
            Dynamic = scope.Dynamic.Read(new ActivityReader(scope, new ControlsReader(scope))),
            Source = source,
            SourceFormat = format,
        };
        Environment(fields);
        fields.Take("metadata", "name", "id");
        fields.Take("target_validation", "validation");
        fields.Take("duration");
        fields.WarnUnknown("An experiment in the Chaos Advisor's form");
        return experiment;
    }

    // The steady state is the other side of the threshold: what is worse than it refutes.
    private static SteadyStateHypothesis Hypothesis(GuardCondition guard, string expected)
    {
        var (low, high) = guard.Above is { } above ? (double.MinValue, above) : (guard.Below!.Value, double.MaxValue);
        var name = guard.Above is not null ? $"{guard.Metric} stays at or below {guard.Above:0.######}" : $"{guard.Metric} stays at or above {guard.Below:0.######}";
        return new SteadyStateHypothesis(expected.Length > 0 ? expected : name,
        [
            new Activity
            {
                Name = name,
                IsProbe = true,
                Provider = new MetricProvider(guard.Metric, guard.Component, guard.Window),
                Tolerance = new RangeTolerance(low, high),
            },
        ]);
    }

    private TargetSelector? Target(Fields fields, FaultDefinition? definition, AdvisorReading parameters)
    {
        if (fields.TakeResolved("target_selector") is not MapNode map)
        {
            scope.Error("CRT2070", "target_selector", fields.Map["target_selector"] ?? fields.Map, "target_selector is missing or no map; it needs namespace and label_selector.");
            return null;
        }

        var target = new Fields(map, "target_selector", scope);
        var kind = definition?.Targets[0] ?? TargetKind.Pod;
        var type = target.Text("resource_type");
        if (type is not null && !string.Equals(type, TargetId.Text(kind), StringComparison.OrdinalIgnoreCase))
        {
            scope.Warn("CRT2095", "target_selector.resource_type", map["resource_type"],
                $"{definition?.Name ?? "The fault"} hits targets of kind {TargetId.Text(kind)}; they are found by namespace and labels, and that they belong to a {type} is not checked.");
        }

        var selector = new TargetSelector
        {
            Kind = kind,
            Namespace = kind == TargetKind.Node ? "" : target.Text("namespace") ?? scope.Options.DefaultNamespace,
            Labels = new FaultProviderReader(scope).Labels(target, target.Take("label_selector", "labels")),
            Name = target.Text("name") ?? "",
            Count = Math.Max(1, parameters.Count),
        };
        target.Take("namespace");
        target.WarnUnknown("target_selector");
        return selector;
    }

    private GuardCondition? Threshold(Fields fields)
    {
        if (fields.MapOf("abort_threshold") is not { } map)
        {
            return null;
        }

        var threshold = new Fields(map, "abort_threshold", scope);
        var comparison = threshold.Text("operator") ?? ">";
        var metric = threshold.Text("metric") ?? "";
        var value = threshold.Text("value", isResolved: true) ?? "";
        threshold.WarnUnknown("abort_threshold");
        if (comparison is not (">" or ">=" or "<" or "<="))
        {
            scope.Error("CRT2094", "abort_threshold.operator", map["operator"], $"The operator {comparison} is not known; use >, >=, < or <=.");
            return null;
        }

        if (!Measurements.KnownMetrics.All.Contains(metric))
        {
            scope.Error("CRT2081", "abort_threshold.metric", map["metric"] ?? map, $"There is no metric {metric}; known are {string.Join(", ", Measurements.KnownMetrics.All)}.");
            return null;
        }

        if (GuardLimits.Read(metric, value, out var complaint) is not { } limit)
        {
            scope.Error("CRT2082", "abort_threshold.value", map["value"] ?? map, complaint);
            return null;
        }

        return GuardLimits.With(new GuardCondition { Metric = metric }, comparison, limit);
    }

    private string? Risk(Fields fields)
    {
        var risk = fields.Text("risk_level");
        if (risk is not null && risk.ToLowerInvariant() is not ("low" or "medium" or "high" or "critical"))
        {
            scope.Error("CRT2097", "risk_level", fields.Map["risk_level"], $"risk_level is {risk}; it must be low, medium or high.");
        }

        return risk is null ? null : $"risk:{risk.ToLowerInvariant()}";
    }

    private string Driver(Fields fields)
    {
        if (fields.Text("chaos_engine") is not { } engine)
        {
            return "";
        }

        if (Engines.TryGetValue(engine, out var driver))
        {
            return driver;
        }

        scope.Error("CRT2093", "chaos_engine", fields.Map["chaos_engine"], $"There is no chaos engine {engine}; known are {string.Join(", ", Engines.Keys)}.");
        return "";
    }

    private void Environment(Fields fields)
    {
        if (fields.Text("env") is { } environment && environment is not ("k8s" or "kubernetes"))
        {
            scope.Error("CRT2090", "env", fields.Map["env"], $"env is {environment}; only k8s is available in this release.");
        }
    }
}
