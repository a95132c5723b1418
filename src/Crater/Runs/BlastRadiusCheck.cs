using Crater.Diagnostics;
using Crater.Drivers;
using Crater.Experiments;
using Crater.Targets;

namespace Crater.Runs;

/// <summary>Counts what this run and all others would hold, against the limits of the document.</summary>
internal static class BlastRadiusCheck
{
    /// <param name="others">The claims of other runs.</param>
    /// <param name="sizes">How many targets each component has, by component id.</param>
    public static IEnumerable<Problem> Check(
        BlastRadius radius, IReadOnlyList<Target> targets, IReadOnlyList<Claim> others, IReadOnlyDictionary<string, int> sizes, TimeSpan duration)
    {
        var own = targets.DistinctBy(target => target.Id).ToArray();
        if (own.Length > 0 && own.Length + others.Count > radius.TargetsMax)
        {
            yield return PlanErrors.TooManyTargets(radius, own.Length, others.Count);
        }

        foreach (var component in own.Where(target => target.Component.Length > 0).GroupBy(target => target.Component))
        {
            var held = component.Count() + others.Count(claim => claim.Component == component.Key && component.All(target => target.Id != claim.Target));
            var size = sizes.GetValueOrDefault(component.Key);
            if (size <= 0 || held > (radius.TargetShareMax.Value * size) + 1e-9)
            {
                yield return PlanErrors.ShareTooLarge(radius, component.Key, held, size);
            }
        }

        if (duration > Limits.RunDurationMax)
        {
            yield return PlanErrors.TooLong("the longest of all runs", duration, Limits.RunDurationMax);
        }
        else if (duration > radius.DurationMax)
        {
            yield return PlanErrors.TooLong("duration-max", duration, radius.DurationMax);
        }
    }
}
