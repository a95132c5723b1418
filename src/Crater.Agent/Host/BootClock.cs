using System.Globalization;

namespace Crater.Agent.Host;

/// <summary>A moment on the clock that counts from boot, sleep included, and that nobody can set.</summary>
/// <param name="Boot">The boot it counts from; moments of two boots have no order.</param>
/// <param name="Nanoseconds">Since then.</param>
internal readonly record struct BootInstant(string Boot, long Nanoseconds)
{
    public static BootInstant operator +(BootInstant instant, TimeSpan span) => instant with { Nanoseconds = instant.Nanoseconds + (span.Ticks * 100) };

    /// <summary>Null when the text is no moment as <see cref="ToString"/> writes it.</summary>
    public static BootInstant? Parse(string text) =>
        text.Split('+') is [{ Length: > 0 } boot, var count] && long.TryParse(count, NumberStyles.None, CultureInfo.InvariantCulture, out var nanoseconds)
            ? new BootInstant(boot, nanoseconds)
            : null;

    /// <summary>How long until this; zero when it has passed, which it also has when it belongs to an earlier boot.</summary>
    public TimeSpan LeftAt(BootInstant now) =>
        now.Boot == Boot && Nanoseconds > now.Nanoseconds ? TimeSpan.FromTicks((Nanoseconds - now.Nanoseconds + 99) / 100) : TimeSpan.Zero;

    public bool HasPassed(BootInstant now) => LeftAt(now) == TimeSpan.Zero;

    public override string ToString() => $"{Boot}+{Nanoseconds}";
}

/// <summary>Where deadlines and leases get their time from; a seam, because tests let hours and reboots pass.</summary>
internal interface IBootClock
{
    BootInstant Now { get; }
}

/// <summary>CLOCK_BOOTTIME together with the kernel's boot id.</summary>
internal sealed class BootClock : IBootClock
{
    public static BootClock System { get; } = new();

    /// <summary>Another one after each start of the machine.</summary>
    public string Boot { get; } = File.ReadAllText("/proc/sys/kernel/random/boot_id").Trim();

    public unsafe BootInstant Now
    {
        get
        {
            Libc.TimeSpec time;
            _ = Libc.Time(Libc.ClockBoot, &time);
            return new BootInstant(Boot, (time.Seconds * 1_000_000_000) + time.Nanoseconds);
        }
    }
}
