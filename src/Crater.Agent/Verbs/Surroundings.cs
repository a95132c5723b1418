using Crater.Agent.Host;
using Crater.Agent.State;

namespace Crater.Agent.Verbs;

/// <summary>What a verb gets from outside.</summary>
internal sealed record Surroundings(TextWriter Out, TextWriter Error, Func<string, string?> Variable, IBootClock Clock)
{
    /// <exception cref="AgentException">The state folder cannot be used.</exception>
    public StateFolder State => StateFolder.Open(Variable, Libc.GetEffectiveUser() == 0);

    /// <summary>CRATERD_INJECTIONS_MAX, or the limit that is built in.</summary>
    public int InjectionsMax => int.TryParse(Variable("CRATERD_INJECTIONS_MAX"), out var max) && max > 0 ? max : Limits.InjectionsMax;
}
