namespace Crater.Agent;

/// <summary>Every limit of craterd, with its reason.</summary>
internal static class Limits
{
    /// <summary>Without a timeout of its own an injection ends after this, since somebody may have forgotten it.</summary>
    public static readonly TimeSpan TimeoutDefault = TimeSpan.FromHours(1);

    /// <summary>Longer than any experiment; who needs more injects again.</summary>
    public static readonly TimeSpan TimeoutMax = TimeSpan.FromHours(24);

    /// <summary>A control plane renews several times within it, and a dead one is noticed before people are.</summary>
    public static readonly TimeSpan LeaseDefault = TimeSpan.FromSeconds(15);

    /// <summary>Injections in place at one time, unless CRATERD_INJECTIONS_MAX says otherwise: each costs two processes of some 20 MiB.</summary>
    public const int InjectionsMax = 100;

    /// <summary>How long the one who asked waits for the fault to be in place.</summary>
    public static readonly TimeSpan InjectBudget = TimeSpan.FromSeconds(60);

    /// <summary>How long a keeper waits for its guardian before it gives up without having touched anything.</summary>
    public static readonly TimeSpan GuardianBudget = TimeSpan.FromSeconds(10);

    /// <summary>How long a keeper that was asked to recover may take before it is killed and others do it.</summary>
    public static readonly TimeSpan KeeperBudget = TimeSpan.FromSeconds(10);

    /// <summary>How long the child that carries a fault inside a place may take to have it there: less than whoever asked waits, who is to hear why.</summary>
    public static readonly TimeSpan BearBudget = TimeSpan.FromSeconds(50);

    /// <summary>How long the child that carries a fault inside a place may take to let go before it is killed.</summary>
    public static readonly TimeSpan BearerBudget = TimeSpan.FromSeconds(2);

    /// <summary>How much later than the keeper the guardian looks at a deadline, so that normally the keeper is done.</summary>
    public static readonly TimeSpan GuardianGrace = TimeSpan.FromSeconds(2);

    /// <summary>How long a keeper may stand still when others wait for what it does, before its guardian ends it.</summary>
    public static readonly TimeSpan StandstillMax = TimeSpan.FromSeconds(2);

    /// <summary>How often the guardian looks whether such a keeper stands still.</summary>
    public static readonly TimeSpan StandstillLook = TimeSpan.FromSeconds(1);

    /// <summary>How long one recovery tries again while the target is not as it was.</summary>
    public static readonly TimeSpan RecoveryBudget = TimeSpan.FromSeconds(5);

    /// <summary>How long to wait for somebody else who is recovering the same injection.</summary>
    public static readonly TimeSpan LockBudget = TimeSpan.FromSeconds(20);

    /// <summary>A recovery program that takes longer is ended and counts as failed.</summary>
    public static readonly TimeSpan ProgramBudget = TimeSpan.FromSeconds(30);

    /// <summary>Closed injections that are remembered at least, so that query answers at once after years.</summary>
    public const int HistoryMax = 1_000;

    /// <summary>A closed injection is remembered for this long in any case: an inject that comes late comes within it, and is refused.</summary>
    public static readonly TimeSpan HistoryMin = TimeSpan.FromHours(1);

    /// <summary>Files up to this size are compared by content; larger ones by size, times and inode, so that a fingerprint takes no minutes.</summary>
    public const long HashedBytesMax = 16 << 20;

    /// <summary>Kept free beside a disk that is filled and memory that is taken, so that recovery itself has room.</summary>
    public const long ReserveBytes = 16 << 20;

    /// <summary>Of one request to serve: the longest argument is 32 KiB, and JSON may write a character with six.</summary>
    public const int BodyBytesMax = 256 << 10;

    public const int BodyDepthMax = 16;

    public const int HeaderBytesMax = 16 << 10;

    /// <summary>How long a client may take to say what it wants.</summary>
    public static readonly TimeSpan HeadersBudget = TimeSpan.FromSeconds(10);

    /// <summary>Connections to serve at one time.</summary>
    public const int ConnectionsMax = 128;

    /// <summary>Of those, how many may come over TCP: however many are opened there, the unix socket answers, by which a fault can be taken off.</summary>
    public const int TcpConnectionsMax = 96;

    /// <summary>Calls that serve works on at one time before others wait.</summary>
    public const int CallThreads = 16;

    /// <summary>Requests a second, beyond <see cref="CallsAtOnce"/>; recover and leases are not counted.</summary>
    public const int CallsPerSecond = 50;

    public const int CallsAtOnce = 100;

    /// <summary>Answers a second to those who are not let in.</summary>
    public const int RefusalsPerSecond = 5;

    public const int RefusalsAtOnce = 20;

    /// <summary>How long serve finishes what it has begun to answer once it was asked to end.</summary>
    public static readonly TimeSpan StopBudget = TimeSpan.FromSeconds(20);

    /// <summary>How often serve looks for injections that have lost keeper and guardian at once.</summary>
    public static readonly TimeSpan SweepPause = TimeSpan.FromSeconds(10);

    /// <summary>Then the audit log becomes <c>audit.1</c>, and the one before it is gone.</summary>
    public const long AuditBytesMax = 16 << 20;

    /// <summary>Characters of one value in the audit log.</summary>
    public const int AuditedTextMax = 256;
}
