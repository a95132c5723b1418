using System.Globalization;
using Crater.Diagnostics;
using Crater.Discovery;
using Crater.Measurements;

namespace Crater.Kubernetes.Discovery.Meshes;

/// <summary>Edges on which a service mesh, an ingress controller or traces have seen calls within the last ten minutes, by the metrics that Prometheus has of them.</summary>
internal static class MeshTraffic
{
    /// <summary>So many names stand in a warning.</summary>
    private const int NamesMax = 3;

    /// <summary>What Istio and the service graph call a caller that has no proxy and no traces.</summary>
    private static readonly string[] Outside = ["unknown", "user"];

    /// <summary>The edges, and what could not be read or told apart.</summary>
    public static async Task<(IReadOnlyList<Dependency> Edges, IReadOnlyList<string> Warnings)> ReadAsync(PrometheusServer prometheus, TrafficNames names, CancellationToken abort)
    {
        var read = await Task.WhenAll(Mesh.All.Select(mesh => OfAsync(prometheus, mesh, names, abort)));
        return ([.. read.SelectMany(one => one.Edges)], [.. read.SelectMany(one => one.Warnings).Distinct()]);
    }

    private sealed record Ends(string From, string To);

    private static async Task<(IReadOnlyList<Dependency> Edges, IReadOnlyList<string> Warnings)> OfAsync(PrometheusServer prometheus, Mesh mesh, TrafficNames names, CancellationToken abort)
    {
        try
        {
            var requests = await prometheus.VectorAsync(mesh.Requests, abort);
            if (requests.Count == 0)
            {
                return ([], []);
            }

            var errors = await prometheus.VectorAsync(mesh.Errors, abort);
            var latencies = await prometheus.VectorAsync(mesh.LatencyP95, abort);
            return ([.. Edges(mesh, names, requests, errors, latencies)], Unmatched(mesh, names, requests));
        }
        catch (CraterException e)
        {
            return ([], [$"No traffic from Prometheus: {e.Code}: {e.Message}"]);
        }
    }

    private static IEnumerable<Dependency> Edges(Mesh mesh, TrafficNames names, IReadOnlyList<Sample> requests, IReadOnlyList<Sample> errors, IReadOnlyList<Sample> latencies)
    {
        var failed = ByEnds(mesh, names, errors);
        var slow = ByEnds(mesh, names, latencies);
        foreach (var (ends, samples) in ByEnds(mesh, names, requests).Where(edge => edge.Value.Sum(sample => sample.Value) >= 1))
        {
            // What a service with several components behind it was sent, nobody knows of each.
            var isExact = samples.All(sample => mesh.To(names, sample).Count == 1);
            var count = (long)Math.Round(samples.Sum(sample => sample.Value));
            yield return new Dependency(ends.From, ends.To, Dependencies.Observed,
                [new Evidence("traffic", string.Create(CultureInfo.InvariantCulture, $"{mesh.Name}: {count} requests in {Mesh.Window}"))])
            {
                Traffic = isExact && slow.TryGetValue(ends, out var latency)
                    ? new EdgeTraffic(count, (long)Math.Round(failed.GetValueOrDefault(ends, []).Sum(sample => sample.Value)), mesh.BucketUnit * latency.Max(sample => sample.Value))
                    : null,
            };
        }
    }

    private static Dictionary<Ends, List<Sample>> ByEnds(Mesh mesh, TrafficNames names, IReadOnlyList<Sample> samples) =>
        (from sample in samples
         from @from in mesh.From(names, sample)
         from to in mesh.To(names, sample)
         group sample by new Ends(@from, to))
        .ToDictionary(group => group.Key, group => group.ToList());

    // Calls between strangers are nobody's business here, and those from outside have no caller that could be found.
    private static IReadOnlyList<string> Unmatched(Mesh mesh, TrafficNames names, IReadOnlyList<Sample> requests)
    {
        var unknown = requests.Where(sample => sample.Value >= 1 && mesh.From(names, sample).Count == 0 != (mesh.To(names, sample).Count == 0) && !sample.Labels.Values.Any(Outside.Contains))
            .Select(sample => string.Join(' ', mesh.Labels.Where(label => sample[label].Length > 0).Select(label => $"{label}={sample[label]}"))).Order(StringComparer.Ordinal).ToList();
        return unknown.Count == 0 ? [] :
            [$"{mesh.Name} has seen calls on {unknown.Count} edges with an end that is no component that was found, or may be several: {string.Join("; ", unknown.Take(NamesMax))}{(unknown.Count > NamesMax ? "; …" : "")}."];
    }
}
