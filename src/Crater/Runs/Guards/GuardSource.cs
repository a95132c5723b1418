using Crater.Experiments;
using Crater.Measurements;

namespace Crater.Runs.Guards;

/// <summary>Where a guard's readings come from: the first source that knows the metric, or the URL itself.</summary>
internal sealed class GuardSource(GuardCondition condition, IReadOnlyList<IMetricSource> sources, HttpReach reach)
{
    private readonly MetricQuery _query = condition.PromQl.Length > 0
        ? new MetricQuery(condition.PromQl, condition.Component, condition.Window, IsPromQl: true)
        : new MetricQuery(condition.Metric, condition.Component, condition.Window);

    public bool IsKnown => condition.Http.Length > 0 || sources.Any(source => source.Knows(_query));

    public Task<Reading?> ReadAsync(CancellationToken abort) => condition.Http.Length > 0
        ? reach.ReadAsync(condition.Http, abort)
        : sources.FirstOrDefault(source => source.Knows(_query))?.ReadAsync(_query, abort) ?? Task.FromResult<Reading?>(null);
}
