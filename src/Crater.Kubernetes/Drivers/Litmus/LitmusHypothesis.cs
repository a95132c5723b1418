using System.Text.Json.Nodes;
using Crater.Experiments;

namespace Crater.Kubernetes.Drivers.Litmus;

/// <summary>
/// What an exported ChaosEngine says of an experiment's hypothesis, for whoever runs it without Crater. In a run the hypothesis stays Crater's: it is asked from
/// where the run is, before, during and after, and what it says decides.
/// </summary>
public static class LitmusHypothesis
{
    /// <returns>The probes that Litmus can be told, and each of the others with the reason.</returns>
    public static (JsonArray Probes, IReadOnlyList<string> Left) Say(Experiment experiment)
    {
        JsonArray probes = [];
        List<string> left = [];
        var known = new Substitution(experiment.Configuration, Secrets.None);
        foreach (var probe in experiment.Hypothesis?.Probes ?? [])
        {
            if (Why(probe, known, out var url, out var status) is { Length: > 0 } why)
            {
                left.Add($"{probe.Name} ({why})");
                continue;
            }

            var run = LitmusProbes.Short();
            run["probeTimeout"] = $"{(long)Math.Ceiling(((HttpProvider)probe.Provider).Timeout.TotalSeconds)}s";
            probes.Add((JsonNode)new JsonObject
            {
                ["name"] = probe.Name,
                ["type"] = "httpProbe",
                ["mode"] = "Edge",
                ["httpProbe/inputs"] = new JsonObject
                {
                    ["url"] = url,
                    ["insecureSkipVerify"] = !((HttpProvider)probe.Provider).VerifyTls,
                    ["method"] = new JsonObject { ["get"] = new JsonObject { ["criteria"] = "==", ["responseCode"] = status } },
                },
                ["runProperties"] = run,
            });
        }

        return (probes, left);
    }

    private static string Why(Activity probe, Substitution known, out string url, out string status)
    {
        (url, status) = ("", "");
        if (probe.Provider is not HttpProvider http)
        {
            return probe.Provider is ProcessProvider ? "a program would run with the rights of Litmus' account" : "Litmus has nothing that asks the same";
        }

        if (http.Method != "GET" || http.Headers.Count > 0 || http.Body is not null)
        {
            return "a plain GET is all that Litmus can send without a secret or a change";
        }

        if (probe.Tolerance is not ScalarTolerance { Value: { } value } || !int.TryParse(value.ToJsonString(), out var code))
        {
            return "only one status can be said";
        }

        (url, status) = (known.Text(http.Url), code.ToString(System.Globalization.CultureInfo.InvariantCulture));
        return url.Contains('$') || !Uri.TryCreate(url, UriKind.Absolute, out var address) ? "its address holds a secret or is not known before the run"
            : address.IsLoopback ? "its address means another machine from inside the cluster"
            : "";
    }
}
