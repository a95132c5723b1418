using Crater.Agent.Host;

namespace Crater.Agent.Faults;

/// <summary>Threads that the kernel counts as load: they wait where only SIGKILL reaches them, or run at the lowest class there is.</summary>
internal sealed class Waiters : IDisposable
{
    public const string ThreadName = "crater-load";

    /// <summary>Four thousand threads take about a second on a quiet machine.</summary>
    private static readonly TimeSpan StartBudget = TimeSpan.FromSeconds(20);

    private readonly List<Thread> _threads = [];
    private readonly WithheldPage? _page;
    private volatile bool _isOver;

    /// <summary>Returns when every thread counts.</summary>
    /// <exception cref="AgentException">CRT5730: not all of them could be started.</exception>
    public Waiters(int count, bool isQuiet)
    {
        _page = isQuiet ? new WithheldPage() : null;
        try
        {
            for (var i = 0; i < count; i++)
            {
                var thread = new Thread(Work, maxStackSize: 128 * 1024) { IsBackground = true, Name = ThreadName };
                thread.Start();
                _threads.Add(thread);
            }
        }
        catch (Exception e) when (e is OutOfMemoryException or ThreadStateException)
        {
            Dispose();
            throw TooFew(_threads.Count, count);
        }

        if (!Until(count))
        {
            Dispose();
            throw TooFew(Counted(), count);
        }
    }

    public void Dispose()
    {
        _isOver = true;
        _page?.Dispose();
        foreach (var thread in _threads)
        {
            thread.Join();
        }
    }

    private void Work()
    {
        if (_page is not null)
        {
            _page.Ask();
            return;
        }

        Libc.BeIdle();
        while (!_isOver)
        {
            Thread.SpinWait(1000);
        }
    }

    private unsafe bool Until(int count)
    {
        var began = TimeProvider.System.GetTimestamp();
        while (Counted() < count)
        {
            if (TimeProvider.System.GetElapsedTime(began) > StartBudget)
            {
                return false;
            }

            _ = Libc.Poll(null, 0, 2);
        }

        return true;
    }

    private int Counted() => NamedThreads.Count(Libc.GetPid(), ThreadName, _page is null ? 'R' : 'D') ?? 0;

    private static AgentException TooFew(int got, int count) => new("CRT5730", ExitCodes.NotInjected,
        $"Of {count} threads only {got} count as load; the limit on processes (ulimit -u, pids.max) is near. Ask for less.");
}
