using Crater.Diagnostics;
using Crater.Drivers;

namespace Crater.Agents;

/// <summary>Who knows how the craterd of a target is reached.</summary>
public interface IAgentReach
{
    /// <summary>The craterd of the injection's target.</summary>
    /// <exception cref="CraterException">It cannot be reached, or there is none.</exception>
    Task<AgentClient> OfAsync(Injection injection, CancellationToken abort);
}
