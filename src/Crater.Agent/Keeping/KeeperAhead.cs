using Crater.Agent.Host;

namespace Crater.Agent.Keeping;

/// <summary>
/// One keeper with its guardian, started before anybody asks, so that an injection does not wait for processes to start. They hold nothing and have written nothing; when
/// whoever started them ends, however it ends, their channel does too, and they end with it. The one that was asked is nobody's any more, like every keeper.
/// </summary>
internal sealed class KeeperAhead : IDisposable
{
    private readonly Lock _turn = new();
    private readonly HashSet<int> _children = [];
    private Channel? _waiting;
    private bool _isStarting;

    /// <summary>A keeper that has been handed this request: the one that waits, or, where there is none or it has ended, one that is started now.</summary>
    /// <exception cref="AgentException">CRT5540: it could not be started.</exception>
    public Channel Ask(Asked asked)
    {
        Channel? waiting;
        lock (_turn)
        {
            (waiting, _waiting) = (_waiting, null);
        }

        Steps.Reached("keeper-chosen");
        var message = asked.ToMessage();
        if (waiting is not null && waiting.Send(message))
        {
            return waiting;
        }

        waiting?.Dispose();
        var started = Start(asked.Request.Uid);
        started.Send(message);
        return started;
    }

    /// <summary>Starts the next one, if none waits.</summary>
    public void Refill()
    {
        Reap();
        lock (_turn)
        {
            if (_isStarting || _waiting is not null)
            {
                return;
            }

            _isStarting = true;
        }

        Channel? started = null;
        try
        {
            started = Start(GuardianLink.Ahead);
        }
        catch (AgentException)
        {
            // Whoever asks next tries again, and is told.
        }

        lock (_turn)
        {
            (_waiting, _isStarting) = (started, false);
        }
    }

    /// <summary>Children that have ended are the kernel's to remember until their parent has asked after them.</summary>
    public void Reap()
    {
        const int NoWait = 1;
        lock (_turn)
        {
            _children.RemoveWhere(pid => Libc.WaitPid(pid, out _, NoWait) != 0);
        }
    }

    public void Dispose()
    {
        lock (_turn)
        {
            _waiting?.Dispose();
            _waiting = null;
        }
    }

    private Channel Start(string uid)
    {
        List<int> children = [];
        try
        {
            return KeptPair.Start(uid, children);
        }
        finally
        {
            lock (_turn)
            {
                _children.UnionWith(children);
            }
        }
    }
}
