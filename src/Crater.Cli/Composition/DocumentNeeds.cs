using Crater.Experiments;
using Crater.Measurements;

namespace Crater.Cli.Composition;

/// <summary>What a document needs beside itself. Most of Chaos Toolkit's documents need nothing.</summary>
internal static class DocumentNeeds
{
    private static readonly string[] OfLoad =
        [KnownMetrics.Throughput, KnownMetrics.ErrorRate, KnownMetrics.LatencyP50, KnownMetrics.LatencyP95, KnownMetrics.LatencyP99];

    /// <summary>Whether it injects faults, or reads a metric that its own load does not give.</summary>
    public static bool Cluster(Experiment experiment, bool hasLoad)
    {
        var activities = experiment.Method.Concat(experiment.Rollbacks).Concat(experiment.Hypothesis?.Probes ?? []);
        return activities.Any(activity => activity.Provider is FaultProvider
                || (activity.Provider is MetricProvider metric && !IsOfLoad(metric.Metric, metric.Component, hasLoad)))
            || experiment.Guards.Any(guard => guard.PromQl.Length > 0 || (guard.Metric.Length > 0 && !IsOfLoad(guard.Metric, guard.Component, hasLoad)));
    }

    private static bool IsOfLoad(string metric, string component, bool hasLoad) => hasLoad && component.Length == 0 && OfLoad.Contains(metric);
}
