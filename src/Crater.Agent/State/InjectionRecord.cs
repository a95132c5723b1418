using Crater.Agent.Host;

namespace Crater.Agent.State;

/// <summary>Where an injection stands.</summary>
internal enum InjectionStatus
{
    /// <summary>Recovered before it was asked for.</summary>
    Tombstone,

    /// <summary>Written down, not known to be in place.</summary>
    Intended,

    /// <summary>In place.</summary>
    Injected,

    /// <summary>Being taken off.</summary>
    Recovering,

    /// <summary>Taken off, and proven so.</summary>
    Recovered,

    /// <summary>Taken off as far as it went; something may be left.</summary>
    Residue,

    /// <summary>It could not be put on; everything is as it was.</summary>
    Failed,
}

/// <summary>One injection as its journal tells it. The journal is the truth; this is only its reading.</summary>
internal sealed record InjectionRecord
{
    public required string Uid { get; init; }

    public required IReadOnlyList<JournalEvent> Events { get; init; }

    /// <summary>What the fault had met when this was read.</summary>
    public Tally? Counted { get; init; }

    /// <summary>What the fault has met: at the end, or until now; null where it does not count that.</summary>
    public Tally? Tally => State.Tally.Of(Certificate?["seen"] ?? "", Certificate?["hit"] ?? "") ?? Counted;

    public InjectionStatus Status => Certificate is { } certificate
        ? certificate["clean"] != "true" ? InjectionStatus.Residue : HasFailed ? InjectionStatus.Failed : InjectionStatus.Recovered
        : Last(EventKinds.Recovering) is not null ? InjectionStatus.Recovering
        : Last(EventKinds.Injected) is not null ? InjectionStatus.Injected
        : Intent is not null ? InjectionStatus.Intended
        : InjectionStatus.Tombstone;

    /// <summary>Nothing of it is in place, and that was proven; a folder without an event was never begun.</summary>
    public bool IsClosed => Status is InjectionStatus.Recovered or InjectionStatus.Failed or InjectionStatus.Tombstone;

    public string Fault => Intent?["fault"] ?? "";

    /// <summary>The arguments as they were understood: <c>percent=50 cores=1</c>.</summary>
    public string Arguments => Intent?["arguments"] ?? "";

    public string Creator => Intent?["creator"] ?? "";

    public string Mechanism => Intent?["mechanism"] ?? "";

    /// <summary>How the target was before.</summary>
    public string Before => Intent?["before"] ?? "";

    public ProcessIdentity? Keeper => ProcessIdentity.Parse(Intent?["keeper"] ?? "");

    public ProcessIdentity? Guardian => ProcessIdentity.Parse(Last(EventKinds.Armed)?["guardian"] ?? "");

    public BootInstant? Deadline => BootInstant.Parse(Intent?["deadline"] ?? "");

    /// <summary>When the last event was written, in UTC.</summary>
    public string UpdatedAt => Events.Count > 0 ? Events[^1]["at"] : "";

    public string CreatedAt => Events.Count > 0 ? Events[0]["at"] : "";

    public string Error => Last(EventKinds.Failed)?["error"] ?? "";

    public JournalEvent? Intent => Last(EventKinds.Intent);

    public JournalEvent? Certificate => Last(EventKinds.Certificate);

    private bool HasFailed => Last(EventKinds.Failed) is not null;

    private JournalEvent? Last(string kind) => Events.LastOrDefault(entry => entry.Kind == kind);
}
