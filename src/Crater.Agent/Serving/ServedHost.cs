using Crater.Agent.Host;
using Crater.Agent.Keeping;
using Crater.Agent.State;
using Crater.Agent.Verbs;

namespace Crater.Agent.Serving;

/// <summary>This host as the calls see it.</summary>
internal sealed class ServedHost(StateFolder state, IBootClock clock, int injectionsMax) : IDisposable
{
    private readonly KeeperAhead _keepers = new();
    private long _seenAt;
    private long _restedAt = -1;

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
        try
        {
            using var keeper = _keepers.Ask(asked);
            _ = InjectVerb.Hear(asked, keeper);
        }
        finally
        {
            ThreadPool.UnsafeQueueUserWorkItem(_ => _keepers.Refill(), null);
        }

        Metrics.Injected(TimeProvider.System.GetElapsedTime(began));
    }

    /// <summary>Takes off what nobody keeps any more.</summary>
    /// <param name="isFirst">Everything, as recover --all does. Later only what has neither keeper nor guardian: a guardian that lives is at it, and what is left has been told.</param>
    public IEnumerable<(string Uid, string Why, Outcome Outcome)> Sweep(bool isFirst)
    {
        var sweep = new Sweep(State, Clock);
        // What is open has a claim, even an empty one, so that later rounds need not read every journal there is.
        var open = isFirst ? sweep.Open() : State.Claims.Holders().Select(State.Find).OfType<InjectionFolder>().Where(folder => !folder.IsClosed);
        foreach (var (folder, why) in sweep.Orphans(open).ToList())
        {
            var record = QueryVerb.Read(folder);
            if (isFirst || (record is { Status: not InjectionStatus.Residue, Keeper: not { IsAlive: true }, Guardian: not { IsAlive: true } }))
            {
                var outcome = RecoverVerb.Recover(State, folder, "sweep", why);
                Metrics.Recovered(outcome.IsClean);
                yield return (folder.Uid, why, outcome);
            }
        }

        if (isFirst)
        {
            sweep.DropIdleClaims();
            IsSweeping = false;
        }

        _keepers.Reap();
    }

    /// <summary>Gives back what requests have used, once none has come for a while: the collector alone would wait until there is more of it.</summary>
    public void Rest()
    {
        var asked = Metrics.Requests;
        if (asked != _restedAt && asked == _seenAt)
        {
            GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
            _restedAt = asked;
        }

        _seenAt = asked;
    }

    /// <summary>What nobody waits for: the next keeper is started, and those that have ended are forgotten.</summary>
    public void Tidy() => _keepers.Refill();

    public void Dispose() => _keepers.Dispose();
}
