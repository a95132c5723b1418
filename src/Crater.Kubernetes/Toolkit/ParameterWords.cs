namespace Crater.Kubernetes.Toolkit;

/// <summary>What the parameters of chaosk8s mean; one name means the same everywhere.</summary>
internal static class ParameterWords
{
    private static readonly Dictionary<string, (string Type, string Summary)> Words = new()
    {
        ["spec_path"] = ("str", "A .json, .yml or .yaml file with the object."),
        ["ns"] = ("str", "The namespace."),
        ["name"] = ("str", "The object's name."),
        ["label_selector"] = ("str", "Labels to select by; {name} in it stands for the name."),
        ["label_selectors"] = ("dict", "Labels of the pods that are meant; null for all."),
        ["replicas"] = ("int", "How many there are to be."),
        ["timeout"] = ("int", "How long to wait, in seconds."),
        ["last"] = ("str", "How far back, such as \"10 minutes\"; null for everything."),
        ["from_previous"] = ("bool", "The logs of the container before the last restart."),
        ["container_name"] = ("str", "The container, where there are several."),
        ["group"] = ("str", "The API group."),
        ["version"] = ("str", "The API version."),
        ["plural"] = ("str", "The kind, as in paths."),
        ["resource"] = ("any", "The object, or the JSON patch; as text for apply_from_json and apply_from_yaml."),
        ["resource_as_yaml_file"] = ("str", "A YAML file with the object or the JSON patch."),
        ["force"] = ("bool", "Has no effect."),
        ["spec"] = ("dict", "The object, or the part of it that is to be changed."),
        ["field_selector"] = ("str", "Fields to select by."),
        ["limit"] = ("int", "At most so many."),
        ["meta"] = ("dict", "The node's metadata."),
        ["all"] = ("bool", "All that match."),
        ["rand"] = ("bool", "Drawn by lot, and not the first ones."),
        ["count"] = ("int", "How many nodes, drawn by lot and one perhaps twice; null for all."),
        ["grace_period_seconds"] = ("int", "The grace for their deletion, in seconds; null for the kind's own."),
        ["pod_label_selector"] = ("str", "Only nodes that run such a pod; needs pod_namespace."),
        ["pod_namespace"] = ("str", "Where those pods are."),
        ["delete_pods_with_local_storage"] = ("bool", "Evicts pods with an emptyDir too; otherwise they stay."),
        ["condition_type"] = ("str", "The condition."),
        ["condition_value"] = ("str", "True, False or Unknown."),
        ["name_pattern"] = ("str", "A regular expression that the name must have somewhere."),
        ["mode"] = ("str", "fixed or percentage: what qty counts."),
        ["qty"] = ("int", "How many pods, or how many percent of them, rounded up."),
        ["grace_period"] = ("int", "The grace, in seconds; negative for the pod's own."),
        ["order"] = ("str", "alphabetic or oldest."),
        ["cmd"] = ("any", "Program and arguments as a list, or as one text that is split as a shell would."),
        ["request_timeout"] = ("int", "How long the program may take, in seconds."),
        ["phase"] = ("str", "Pending, Running, Succeeded, Failed or Unknown."),
        ["conditions"] = ("list", "List of {type, status}."),
        ["min_count"] = ("int", "The least number."),
        ["pattern"] = ("str", "A regular expression."),
        ["all_containers"] = ("bool", "Every log must have it, and not only one."),
        ["value"] = ("dict", "What read_pod_logs gave; as a tolerance the engine gives it."),
    };

    public static (string Type, string Summary) Of(string name) => Words.TryGetValue(name, out var word)
        ? word
        : name.StartsWith("raise_", StringComparison.Ordinal)
            ? ("bool", "Fails when it is not so; with false the probe gives False instead.")
            : throw new KeyNotFoundException($"The parameter {name} is not described.");
}
