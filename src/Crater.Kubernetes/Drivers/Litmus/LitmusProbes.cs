using System.Text.Json.Nodes;
using Crater.Diagnostics;
using Crater.Faults;
using Crater.Kubernetes.Client;

namespace Crater.Kubernetes.Drivers.Litmus;

/// <summary>
/// Probes in Litmus' own words that stand beside a fault. What only looks is handed on; what acts, or runs a program with the rights of Litmus' account, is
/// refused by its name: nobody of ours could take back what it did.
/// </summary>
internal static class LitmusProbes
{
    private static readonly string[] Known = ["httpProbe", "k8sProbe", "promProbe"];
    private static readonly string[] Modes = ["SOT", "EOT", "Edge", "Continuous", "OnChaos"];

    /// <summary>Everything that is wrong with them, each by the probe's name.</summary>
    public static IReadOnlyList<Problem> Check(Fault fault)
    {
        List<Problem> problems = [];
        HashSet<string> names = new(StringComparer.Ordinal);
        var probes = Of(fault);
        for (var i = 0; i < probes.Count; i++)
        {
            var name = probes[i].Text("name");
            problems.AddRange(Wrongs(probes[i], name.Length > 0 && names.Add(name))
                .Select(wrong => new Problem($"probes[{i}]", "CRT8208", $"The probe '{name}' cannot be handed to Litmus: {wrong}")));
        }

        return problems;
    }

    /// <summary>As they stand in a ChaosEngine; those without run properties get short ones, since Litmus insists on them.</summary>
    public static JsonArray Say(Fault fault) => [.. Of(fault).Select(probe =>
    {
        probe["runProperties"] ??= Short();
        return (JsonNode)probe;
    })];

    public static JsonObject Short() => new() { ["probeTimeout"] = "5s", ["interval"] = "2s", ["attempt"] = 1 };

    private static List<JsonObject> Of(Fault fault) => fault.Probes is { } text ? [.. JsonNode.Parse(text)!.AsArray().OfType<JsonObject>().Select(probe => probe.DeepClone().AsObject())] : [];

    private static IEnumerable<string> Wrongs(JsonObject probe, bool isNamed)
    {
        var type = probe.Text("type");
        if (!isNamed)
        {
            yield return "it needs a name that no other probe of the fault has, by which Litmus reports it.";
        }

        if (!Modes.Contains(probe.Text("mode")))
        {
            yield return $"its mode is '{probe.Text("mode")}'; write one of {string.Join(", ", Modes)}.";
        }

        if (type == "cmdProbe")
        {
            yield return "a cmdProbe runs a program with the rights of Litmus' account. Write it as a probe of type process in the hypothesis, where it runs with yours.";
        }
        else if (!Known.Contains(type))
        {
            yield return $"its type is '{type}'; {string.Join(", ", Known)} are handed on.";
        }
        else if (probe[$"{type}/inputs"] is not JsonObject inputs)
        {
            yield return $"it has no {type}/inputs.";
        }
        else if (type == "k8sProbe" && inputs.Text("operation") is not ("" or "present" or "absent"))
        {
            yield return $"a k8sProbe with operation {inputs.Text("operation")} changes the cluster, and nobody takes that back; present and absent are handed on.";
        }
        else if (type == "httpProbe" && inputs.At("method", "get") is null)
        {
            yield return "an httpProbe that does not GET may change what it asks; give it method.get.";
        }

        if (probe.FirstOrDefault(pair => pair.Key is not ("name" or "type" or "mode" or "runProperties") && pair.Key != $"{type}/inputs").Key is { } odd && Known.Contains(type))
        {
            yield return $"it has '{odd}', which Litmus would leave out in silence.";
        }

        if (probe.ToJsonString().Contains("${", StringComparison.Ordinal))
        {
            yield return "it has a ${name} that no configuration gives. A secret would stand readable in the cluster, so none is put in.";
        }
    }
}
