using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Crater.Targets;

namespace Crater.Advice;

/// <summary>A proposal in the Chaos Advisor's short form, which <c>craterctl run</c> reads too.</summary>
internal static class AdvisorForm
{
    private static readonly JsonWriterOptions Indented = new() { Indented = true, Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static string Write(Proposal proposal)
    {
        using var stream = new MemoryStream();
        using (var writer = new Utf8JsonWriter(stream, Indented))
        {
            Json(proposal).WriteTo(writer);
        }

        return System.Text.Encoding.UTF8.GetString(stream.ToArray()) + "\n";
    }

    private static JsonObject Json(Proposal proposal)
    {
        var guard = proposal.Risk.Guards[0];
        return new JsonObject
        {
            ["title"] = proposal.Title,
            ["description"] = proposal.Reason,
            ["env"] = "k8s",
            ["action"] = proposal.Fault.Name,
            ["target_selector"] = Selector(proposal),
            ["parameters"] = Parameters(proposal),
            ["abort_threshold"] = new JsonObject
            {
                ["metric"] = guard.Metric,
                ["value"] = guard.Above ?? guard.Below,
                ["operator"] = guard.Above is null ? "<" : ">",
            },
            ["expected_impact"] = proposal.ExpectedImpact,
            ["risk_level"] = proposal.RiskLevel.ToString().ToLowerInvariant(),
            ["chaos_engine"] = Faults.FaultCatalogue.Find(proposal.Fault.Name, proposal.Target.Kind)!.Drivers[0],
        };
    }

    private static JsonObject Selector(Proposal proposal)
    {
        var selector = new JsonObject();
        if (proposal.Target.Namespace.Length > 0)
        {
            selector["namespace"] = proposal.Target.Namespace;
        }

        if (proposal.Target.Labels.Length > 0)
        {
            selector["label_selector"] = proposal.Target.Labels;
        }

        if (proposal.Target.Name.Length > 0)
        {
            selector["name"] = proposal.Target.Name;
        }

        selector["resource_type"] = TargetId.Text(proposal.Target.Kind);
        return selector;
    }

    private static JsonObject Parameters(Proposal proposal)
    {
        var parameters = new JsonObject { ["duration"] = Durations.Text(proposal.Duration) };
        if (proposal.Target.Kind == TargetKind.Pod)
        {
            parameters["replicas_to_kill"] = proposal.Target.Count;
        }

        foreach (var (name, value) in proposal.Fault.Arguments.Where(argument => argument.Value.Length > 0).OrderBy(argument => argument.Key, StringComparer.Ordinal))
        {
            parameters[name] = double.TryParse(value, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) ? number : value;
        }

        return parameters;
    }
}
