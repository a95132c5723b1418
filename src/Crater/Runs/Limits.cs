namespace Crater.Runs;

/// <summary>Everything that a run waits for has a limit, and each limit has a reason.</summary>
public static class Limits
{
    /// <summary>The holder takes a fault off when it has not heard from us for this long. Claims last as long.</summary>
    public static readonly TimeSpan LeaseDuration = TimeSpan.FromSeconds(15);

    /// <summary>A third of the lease, so that one late answer does not end it.</summary>
    public static readonly TimeSpan RenewEvery = TimeSpan.FromSeconds(5);

    /// <summary>One renewal or claim: shorter than the gap between two, so that they never pile up.</summary>
    public static readonly TimeSpan RenewMax = TimeSpan.FromSeconds(4);

    /// <summary>The first claim of one target, in tries of <see cref="RenewMax"/> each: nothing is at stake yet, and with many runs at once there may be a queue.</summary>
    public static readonly TimeSpan ClaimMax = TimeSpan.FromSeconds(20);

    /// <summary>Reading a fingerprint and capturing undo data before anything is touched; nothing is at stake yet.</summary>
    public static readonly TimeSpan PrepareMax = TimeSpan.FromSeconds(20);

    /// <summary>One act. A fault with a time-out of its own (a drain) gets that on top.</summary>
    public static readonly TimeSpan InjectMax = TimeSpan.FromSeconds(30);

    /// <summary>One try to take a fault off. Short, because there are several tries in the budget and the next may get through.</summary>
    public static readonly TimeSpan RecoverMax = TimeSpan.FromSeconds(10);

    /// <summary>One look at a target.</summary>
    public static readonly TimeSpan InspectMax = TimeSpan.FromSeconds(5);

    /// <summary>
    /// How long recovery tries to take one fault off. Independent of the run's length and of whoever aborted it; long enough for an API server
    /// that restarts, short enough that a person at the terminal gets to know.
    /// </summary>
    public static readonly TimeSpan RecoveryBudget = TimeSpan.FromSeconds(60);

    /// <summary>
    /// How long a target may take to become what it was once the fault is known to be off: longer than the back-off after four crashes of a
    /// container (10 + 20 + 40 + 80 s), which a fault may well have caused.
    /// </summary>
    public static readonly TimeSpan HealingBudget = TimeSpan.FromMinutes(3);

    /// <summary>Between two tries of recovery: doubles from the first to the second.</summary>
    public static readonly TimeSpan BackOffMin = TimeSpan.FromMilliseconds(100);

    public static readonly TimeSpan BackOffMax = TimeSpan.FromSeconds(1);

    /// <summary>Between two looks of a guard. A breach must be over and lifted within a second beyond the guard's own <c>for</c>.</summary>
    public static readonly TimeSpan GuardEvery = TimeSpan.FromMilliseconds(200);

    /// <summary>One reading of a guard; longer means that its source is as good as blind.</summary>
    public static readonly TimeSpan GuardReadMax = TimeSpan.FromSeconds(2);

    /// <summary>How long guards may wait for their first reading before anything is injected: load and scrapes need some seconds to begin.</summary>
    public static readonly TimeSpan GuardFirstLookMax = TimeSpan.FromSeconds(10);

    /// <summary>Between two measurements of the hypothesis while faults are in place.</summary>
    public static readonly TimeSpan ProbeEvery = TimeSpan.FromSeconds(1);

    /// <summary>Fewer measurements of a probe or guard than this while a fault is in place say nothing about the hypothesis.</summary>
    public const int MeasurementsMin = 3;

    /// <summary>How long the steady state may take to come back once every certificate is there.</summary>
    public static readonly TimeSpan SettlingBudget = TimeSpan.FromSeconds(30);

    /// <summary>Between two looks whether a fault is there, in its first seconds: what heals by itself may be over soon.</summary>
    public static readonly TimeSpan LookEarlyEvery = TimeSpan.FromMilliseconds(250);

    /// <summary>How long "early" is.</summary>
    public static readonly TimeSpan LookEarlyFor = TimeSpan.FromSeconds(3);

    public static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(2);

    /// <summary>How long a driver may take to give back what it kept for a run.</summary>
    public static readonly TimeSpan EndMax = TimeSpan.FromSeconds(15);

    /// <summary>Longest run that any experiment may ask for.</summary>
    public static readonly TimeSpan RunDurationMax = TimeSpan.FromHours(4);

    /// <summary>Between two looks for an abort request of another process.</summary>
    public static readonly TimeSpan AbortLookEvery = TimeSpan.FromMilliseconds(200);

    /// <summary>Reasons, outputs and evidence in the journal are cut to this many characters.</summary>
    public const int TextMax = 500;
}
