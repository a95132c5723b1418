using Crater.Targets;

namespace Crater.Drivers;

/// <summary>The mark at the target that one run holds it.</summary>
/// <param name="Target">What is held.</param>
/// <param name="Component">The component the target belongs to, so that shares can be counted over all runs; empty when it has none.</param>
/// <param name="Run">Who holds it.</param>
public sealed record Claim(TargetId Target, string Component, RunId Run);

/// <summary>All runs' claims, kept where the targets are, so that two machines see each other.</summary>
public interface IClaims
{
    /// <summary>Every claim that has not run out.</summary>
    Task<IReadOnlyList<Claim>> ListAsync(CancellationToken abort);

    /// <summary>Marks the target for <paramref name="lease"/> from now; renewing is claiming again.</summary>
    /// <returns>The run that holds the target already, or null when the claim is now ours.</returns>
    Task<RunId?> ClaimAsync(Claim claim, TimeSpan lease, CancellationToken abort);

    /// <summary>Gives the target back. Safe to repeat.</summary>
    Task ReleaseAsync(Claim claim, CancellationToken budget);
}
