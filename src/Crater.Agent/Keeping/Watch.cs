using Crater.Agent.Host;

namespace Crater.Agent.Keeping;

/// <summary>Why a keeper or a guardian stops waiting.</summary>
internal enum WakeReason { Asked, PartnerDied, CarrierDied, AskerLeft, TimeIsUp }

/// <summary>Waits for the end of processes, for a signal that asks to end, and for a moment on the boot clock; all in one call to the kernel.</summary>
internal sealed unsafe class Watch : IDisposable
{
    /// <summary>For the journal: a signal asked this process to end.</summary>
    public const string AskedTo = "it was asked to";

    private readonly Descriptor _signals;
    private readonly Descriptor _timer;

    public Watch()
    {
        var set = stackalloc byte[Libc.OpaqueSize];
        Spawner.SignalSet(set, EndSignals);
        _signals = new Descriptor(Libc.SignalDescriptor(-1, set, Libc.CloseOnExec));
        _timer = new Descriptor(Libc.TimerCreate(Libc.ClockBoot, Libc.CloseOnExec));
    }

    /// <summary>The signals that ask a keeper or a guardian to end; whoever starts one blocks them, so that they wait here instead of killing.</summary>
    public static ReadOnlySpan<int> EndSignals => [Libc.SignalTerminate, Libc.SignalInterrupt, Libc.SignalHangUp];

    /// <summary>Readable when somebody has asked this process to end.</summary>
    public int Signals => _signals.Number;

    /// <param name="partner">Whose end to wait for; null for nobody's.</param>
    /// <param name="until">Of this boot; one of another boot has passed.</param>
    /// <param name="carrier">What carries the fault, whose end is the end of the fault; null where the keeper does.</param>
    /// <param name="asker">Whose leaving to wait for; null once it is known.</param>
    public WakeReason Wait(PidHandle? partner, BootInstant until, IBootClock clock, PidHandle? carrier = null, Channel? asker = null)
    {
        SetTimer(until, clock);
        return Wait(partner, _timer.Number, carrier, asker);
    }

    /// <param name="partner">Whose end to wait for; null for one that has ended, or nobody's.</param>
    /// <param name="channel">Its other side ends or says something; both mean <see cref="WakeReason.TimeIsUp"/>.</param>
    public WakeReason Wait(PidHandle? partner, Channel channel) => Wait(partner, channel.Descriptor, carrier: null, asker: null);

    private WakeReason Wait(PidHandle? partner, int other, PidHandle? carrier, Channel? asker)
    {
        const int Count = 5;
        var entries = stackalloc Libc.PollEntry[Count];
        entries[0] = new Libc.PollEntry { Descriptor = _signals.Number, Events = Libc.PollIn };
        entries[1] = new Libc.PollEntry { Descriptor = other, Events = Libc.PollIn };
        entries[2] = new Libc.PollEntry { Descriptor = partner?.Descriptor ?? -1, Events = Libc.PollIn };
        entries[3] = new Libc.PollEntry { Descriptor = carrier?.Descriptor ?? -1, Events = Libc.PollIn };
        entries[4] = new Libc.PollEntry { Descriptor = asker?.Descriptor ?? -1, Events = Libc.PollIn };
        while (Libc.Poll(entries, Count, -1) < 0)
        {
            // Only an interrupted call ends without an answer, and it is made again.
        }

        return entries[0].Returned != 0 ? WakeReason.Asked : entries[2].Returned != 0 ? WakeReason.PartnerDied
            : entries[3].Returned != 0 ? WakeReason.CarrierDied : entries[4].Returned != 0 ? WakeReason.AskerLeft : WakeReason.TimeIsUp;
    }

    /// <summary>Whether somebody has asked this process to end.</summary>
    public bool IsAsked()
    {
        var entry = new Libc.PollEntry { Descriptor = _signals.Number, Events = Libc.PollIn };
        return Libc.Poll(&entry, 1, 0) > 0;
    }

    public void Dispose()
    {
        _signals.Dispose();
        _timer.Dispose();
    }

    private void SetTimer(BootInstant until, IBootClock clock)
    {
        // A timer of zero is no timer; the smallest one is over at once.
        var at = until.HasPassed(clock.Now) ? 1 : until.Nanoseconds;
        var setting = stackalloc Libc.TimeSpec[2];
        setting[0] = default;
        setting[1] = new Libc.TimeSpec { Seconds = at / 1_000_000_000, Nanoseconds = at % 1_000_000_000 };
        _ = Libc.TimerSet(_timer.Number, Libc.Absolute, setting, null);
    }
}
