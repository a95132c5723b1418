using System.Text.Json.Nodes;
using Crater.Lab.Store;

namespace Crater.Lab.Api.Admission;

/// <summary>What a pod's wishes for its node must and must not say: affinity, spreading, gates.</summary>
internal static class AffinityRules
{
    private const string Required = "requiredDuringSchedulingIgnoredDuringExecution";
    private const string Preferred = "preferredDuringSchedulingIgnoredDuringExecution";

    public static void Check(JsonObject spec, string path, FieldErrors errors)
    {
        Node(spec.Map("affinity", "nodeAffinity"), $"{path}.affinity.nodeAffinity", errors);
        foreach (var side in (string[])["podAffinity", "podAntiAffinity"])
        {
            Pods(spec.Map("affinity", side), $"{path}.affinity.{side}", errors);
        }

        foreach (var (index, constraint) in spec.Each("topologySpreadConstraints").Index())
        {
            Spread(constraint, $"{path}.topologySpreadConstraints[{index}]", errors);
        }

        HashSet<string> gates = [];
        foreach (var (index, gate) in spec.Each("schedulingGates").Index())
        {
            Names.CheckQualified($"{path}.schedulingGates[{index}]", gate.Text("name"), errors);
            if (!gates.Add(gate.Text("name")))
            {
                errors.Duplicate($"{path}.schedulingGates[{index}]", gate.Text("name"));
            }
        }
    }

    private static void Node(JsonObject? affinity, string path, FieldErrors errors)
    {
        if (affinity.Map(Required) is { } required)
        {
            if (!required.Each("nodeSelectorTerms").Any())
            {
                errors.Required($"{path}.{Required}.nodeSelectorTerms", "must have at least one node selector term");
            }

            foreach (var (index, term) in required.Each("nodeSelectorTerms").Index())
            {
                Term(term, $"{path}.{Required}.nodeSelectorTerms[{index}]", errors);
            }
        }

        foreach (var (index, wish) in affinity.Each(Preferred).Index())
        {
            Weight(wish, $"{path}.{Preferred}[{index}]", errors);
            Term(wish.Map("preference"), $"{path}.{Preferred}[{index}].preference", errors);
        }
    }

    private static void Term(JsonObject? term, string path, FieldErrors errors)
    {
        foreach (var (index, expression) in term.Each("matchExpressions").Index())
        {
            var at = $"{path}.matchExpressions[{index}]";
            SelectorRules.Expression(expression, at, errors, compares: true);
            Names.CheckQualified($"{at}.key", expression.Text("key"), errors);
        }

        foreach (var (index, field) in term.Each("matchFields").Index())
        {
            var at = $"{path}.matchFields[{index}]";
            if (field.Text("operator") is "In" or "NotIn" && field.Texts("values").Count() != 1)
            {
                errors.Required($"{at}.values", "must be only one value when `operator` is 'In' or 'NotIn' for node field selector");
            }

            if (field.Text("key") != "metadata.name")
            {
                errors.Invalid($"{at}.key", field.Text("key"), "not a valid field selector key");
            }

            foreach (var (i, name) in field.Texts("values").Index())
            {
                Names.CheckSubdomain($"{at}.values[{i}]", name, errors);
            }
        }
    }

    private static void Pods(JsonObject? affinity, string path, FieldErrors errors)
    {
        foreach (var (index, term) in affinity.Each(Required).Index())
        {
            PodTerm(term, $"{path}.{Required}[{index}]", errors);
        }

        foreach (var (index, wish) in affinity.Each(Preferred).Index())
        {
            Weight(wish, $"{path}.{Preferred}[{index}]", errors);
            PodTerm(wish.Map("podAffinityTerm"), $"{path}.{Preferred}[{index}].podAffinityTerm", errors);
        }
    }

    private static void PodTerm(JsonObject? term, string path, FieldErrors errors)
    {
        SelectorRules.Check(term.Map("labelSelector"), $"{path}.labelSelector", errors);
        if (term.Text("topologyKey") is { Length: > 0 } key)
        {
            Names.CheckQualified($"{path}.topologyKey", key, errors);
        }
        else
        {
            errors.Required($"{path}.topologyKey", "can not be empty");
        }
    }

    private static void Weight(JsonObject wish, string path, FieldErrors errors)
    {
        if ((wish.Number("weight") ?? 0) is < 1 or > 100)
        {
            errors.Invalid($"{path}.weight", wish.Number("weight") ?? 0, "must be in the range 1-100");
        }
    }

    private static void Spread(JsonObject constraint, string path, FieldErrors errors)
    {
        if ((constraint.Number("maxSkew") ?? 0) <= 0)
        {
            errors.Invalid($"{path}.maxSkew", constraint.Number("maxSkew") ?? 0, "must be greater than zero");
        }

        if (constraint.Text("topologyKey") is { Length: > 0 } key)
        {
            Names.CheckQualified($"{path}.topologyKey", key, errors);
        }
        else
        {
            errors.Required($"{path}.topologyKey", "can not be empty");
        }

        var policy = constraint.Text("whenUnsatisfiable");
        if (policy is not ("DoNotSchedule" or "ScheduleAnyway"))
        {
            errors.NotSupported($"{path}.whenUnsatisfiable", policy, "DoNotSchedule", "ScheduleAnyway");
        }

        if (constraint.Number("minDomains") is { } domains && domains <= 0)
        {
            errors.Invalid($"{path}.minDomains", domains, "must be greater than zero");
        }
        else if (constraint.Number("minDomains") is { } asked && policy != "DoNotSchedule")
        {
            errors.Invalid($"{path}.minDomains", asked, $"can only use minDomains if whenUnsatisfiable=DoNotSchedule, not {policy}");
        }

        SelectorRules.Check(constraint.Map("labelSelector"), $"{path}.labelSelector", errors);
    }
}
