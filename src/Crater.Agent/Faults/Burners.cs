using Crater.Agent.Host;

namespace Crater.Agent.Faults;

/// <summary>Busy threads, one a core, each held to its share by looking at the CPU time that it really got.</summary>
internal sealed class Burners : IDisposable
{
    /// <summary>Short enough to look steady to whoever samples ten times a second, long enough to cost nothing by itself.</summary>
    private const long PeriodNs = 10_000_000;

    /// <summary>What was missed because others had the core is caught up, but never more than this: a long wait must not become a long burst.</summary>
    private const long DebtNsMax = 20 * PeriodNs;

    private readonly List<Thread> _threads = [];
    private volatile bool _isOver;

    /// <summary>Returns when every thread runs on its core.</summary>
    /// <exception cref="AgentException">CRT5581: a thread could not be bound to its core.</exception>
    public Burners(IReadOnlyList<int> cores, double share, string name)
    {
        using var ready = new CountdownEvent(cores.Count);
        var refused = 0;
        foreach (var core in cores)
        {
            var thread = new Thread(() =>
            {
                var isBound = Cores.Bind(core);
                Interlocked.Add(ref refused, isBound ? 0 : 1);
                ready.Signal();
                if (isBound)
                {
                    Burn(share);
                }
            }, maxStackSize: 256 * 1024)
            { IsBackground = true, Name = name };
            thread.Start();
            _threads.Add(thread);
        }

        ready.Wait();
        if (refused > 0)
        {
            Dispose();
            throw new AgentException("CRT5581", ExitCodes.Host, $"{refused} of {cores.Count} threads could not be bound to their cores; the set of allowed cores changed meanwhile. Inject again.");
        }
    }

    public void Dispose()
    {
        _isOver = true;
        foreach (var thread in _threads)
        {
            thread.Join();
        }
    }

    private unsafe void Burn(double share)
    {
        Libc.TimeSpec until;
        _ = Libc.Time(Libc.ClockMonotonic, &until);
        var owed = 0.0;
        var used = Now(Libc.ClockThreadCpu);
        while (!_isOver)
        {
            owed = Math.Min(owed + (PeriodNs * share), DebtNsMax);
            var now = used;
            while (now - used < owed && !_isOver)
            {
                Thread.SpinWait(200);
                now = Now(Libc.ClockThreadCpu);
            }

            owed -= now - used;
            used = now;
            Later(&until, PeriodNs);
            // Absolute: what one period was late, the next one is shorter. At a share of 1 the moment has always passed already.
            _ = Libc.SleepUntil(Libc.ClockMonotonic, Libc.Absolute, &until, null);
        }
    }

    private static unsafe void Later(Libc.TimeSpec* time, long nanoseconds)
    {
        time->Nanoseconds += nanoseconds;
        time->Seconds += time->Nanoseconds / 1_000_000_000;
        time->Nanoseconds %= 1_000_000_000;
    }

    private static unsafe long Now(int clock)
    {
        Libc.TimeSpec time;
        _ = Libc.Time(clock, &time);
        return (time.Seconds * 1_000_000_000) + time.Nanoseconds;
    }
}
