using Crater.Agent.Host;
using Crater.Agent.Keeping;
using Crater.Agent.State;
using Crater.Agent.Verbs;

namespace Crater.Agent.Serving;

/// <summary>This host as the calls see it.</summary>
internal sealed class ServedHost(StateFolder state, IBootClock clock, int injectionsMax)
{
    public StateFolder State { get; } = state;

    public IBootClock Clock { get; } = clock;

    public int InjectionsMax { get; } = injectionsMax;

    public Metrics Metrics { get; } = new();

    /// <summary>What dead processes left is still being taken off.</summary>
    public bool IsSweeping { get; set; }

    /// <summary>Has a keeper put it on, and returns when it is in place.</summary>
    /// <exception cref="AgentException">It is not, with the reason.</exception>
    public void Ask(Asked asked)
    {
        var began = TimeProvider.System.GetTimestamp();
        var (channel, _) = Channel.Start("keep", asked.Request.Uid);
        using (channel)
        {
            Steps.Reached("keeper-started");
            _ = InjectVerb.Ask(asked, channel);
        }

        Metrics.Injected(TimeProvider.System.GetElapsedTime(began));
    }
}
