using Crater.Diagnostics;
using Crater.Measurements;
using Crater.Targets;

namespace Crater.Agents;

/// <summary>How many processes of a program on a host can run: there, and not stopped. Asked of its craterd.</summary>
public sealed class AgentMetricSource(AgentFleet fleet, TimeProvider clock) : IMetricSource
{
    private static readonly string Prefix = TargetId.Text(TargetKind.Process) + "/";

    public string Name => "craterd";

    public bool Knows(MetricQuery query) => query is { IsPromQl: false, Metric: KnownMetrics.ReadyReplicas } && query.Component.StartsWith(Prefix, StringComparison.Ordinal);

    /// <exception cref="CraterException">CRT5710 to CRT5715: the host could not be asked.</exception>
    public async Task<Reading?> ReadAsync(MetricQuery query, CancellationToken abort)
    {
        if (!Knows(query) || query.Component.Split('/') is not [_, var host, var program])
        {
            return null;
        }

        var seen = await fleet.Of(host).LookAsync(abort).ConfigureAwait(false);
        return new Reading(query.Metric, seen.Processes.Count(process => process.Name == program && !process.IsStopped), clock.GetUtcNow(), 1, Name);
    }
}
