using Crater.Targets;

namespace Crater.Drivers;

/// <summary>Looks up what a selector matches, live, where the targets are.</summary>
public interface ITargets
{
    /// <exception cref="Diagnostics.CraterException">CRT5xxx: the cluster could not be asked. Not for an empty result.</exception>
    Task<TargetSearch> FindAsync(TargetSelector selector, CancellationToken abort);
}

/// <summary>What a selector found.</summary>
/// <param name="Matches">Every match in stable order, before any draw; a selector's count and share are the planner's matter.</param>
/// <param name="ComponentSizes">How many targets of the same kind each matched component has, by component id, so that shares can be counted.</param>
/// <param name="SeenInstead">When nothing matched: what is there (namespaces, label sets, names), a few short lines for the error message.</param>
public sealed record TargetSearch(
    IReadOnlyList<Target> Matches, IReadOnlyDictionary<string, int> ComponentSizes, IReadOnlyList<string> SeenInstead);
