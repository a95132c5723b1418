using System.Text.Json.Nodes;
using Crater.Diagnostics;
using Crater.Faults;

namespace Crater.Drivers;

/// <summary>
/// The seam to the world: puts one fault on one target and takes it off again. Selecting, iterating, retrying and journaling
/// belong to the engine. Every call may be lost, doubled or late; each must be safe to repeat.
/// </summary>
public interface IDriver
{
    /// <summary>The name that documents and the catalogue use, e.g. <c>kubernetes</c>.</summary>
    string Name { get; }

    /// <summary>Hands faults to an engine of somebody else's: used only where the document, the command line or stack.yaml asks for it.</summary>
    bool IsOnRequest => false;

    /// <summary>Hands on probes that stand beside a fault (<see cref="Fault.Probes"/>).</summary>
    bool TakesProbes => false;

    /// <summary>How much longer its acts may take than those of a driver that acts itself.</summary>
    DriverPace Pace => DriverPace.Own;

    /// <summary>Whether this driver can do the fault on this kind of target here and now.</summary>
    bool Supports(string fault);

    /// <summary>What of the fault's arguments this driver cannot do, each by name; found before anything is touched. Default: it can do all.</summary>
    IReadOnlyList<Problem> Check(Fault fault) => [];

    /// <summary>What this driver needs for the fault and cannot find in this world, found before anything is touched. Default: nothing.</summary>
    Task<IReadOnlyList<Problem>> MissingAsync(Fault fault, CancellationToken abort) => Task.FromResult<IReadOnlyList<Problem>>([]);

    /// <summary>
    /// Gets ready what the run's injections through this driver need, before the first is prepared. Nothing is touched by it; what it makes is given back by <see cref="EndAsync"/>.
    /// Has time limits of its own.
    /// </summary>
    /// <param name="injections">All of the run's, those through other drivers among them.</param>
    Task BeginAsync(RunId run, IReadOnlyList<Injection> injections, CancellationToken abort) => Task.CompletedTask;

    /// <summary>Gives back what was only kept for this run: everything of it is proven clean. Safe to repeat, by any process.</summary>
    Task EndAsync(RunId run, CancellationToken budget) => Task.CompletedTask;

    /// <summary>
    /// Reads what "as it was" means and captures the undo data, before anything is touched. The driver keeps the undo data where
    /// its owner alone can read it (or writes it in the same update as the change); the journal gets only the reference. Refuses a target that
    /// still carries another run's fault: what it would read as "before" is not what the target was.
    /// </summary>
    Task<Preparation> PrepareAsync(Injection injection, CancellationToken abort);

    /// <summary>Puts the fault on, held for <paramref name="lease"/> from now unless renewed. Refused when it was recovered before (tombstone).</summary>
    /// <returns>The mechanism that was really used, for the report.</returns>
    Task<string> InjectAsync(Injection injection, Preparation preparation, TimeSpan lease, CancellationToken abort);

    /// <summary>Extends the lease to <paramref name="lease"/> from now.</summary>
    Task RenewAsync(Injection injection, Preparation preparation, TimeSpan lease, CancellationToken abort);

    /// <summary>
    /// Takes the fault off from captured data, and leaves a tombstone. Safe to repeat, and safe when the fault never took hold or its
    /// target is gone. Returns when the removal was carried out, not when the target has healed: that is <see cref="InspectAsync"/>'s answer.
    /// </summary>
    Task RecoverAsync(Injection injection, Preparation preparation, CancellationToken budget);

    /// <summary>
    /// Looks whether the fault is there, and what the fingerprint is now. A fault that heals by itself is present until its target has healed; at
    /// least one look must find it present or the fingerprint changed, or the run says that it never bit.
    /// </summary>
    Task<Inspection> InspectAsync(Injection injection, Preparation preparation, CancellationToken budget);
}

/// <summary>A driver that says a fault to another engine as an object of its API.</summary>
public interface IEngineDriver : IDriver
{
    /// <summary>Has the server check the object in full without storing it.</summary>
    /// <returns>The object as the server would store it.</returns>
    Task<JsonObject> TryAsync(Injection injection, CancellationToken abort);

    /// <summary>The object as somebody else would write it: without our marks, so that nobody takes it for a fault of ours.</summary>
    Task<JsonObject> ExportAsync(Injection injection, CancellationToken abort);
}

/// <summary>What acts of a driver may take on top of the run's own limits.</summary>
/// <param name="Inject">From the request until the fault is in place.</param>
/// <param name="Recover">From the request until the fault is off; the recovery's budget grows by it.</param>
public sealed record DriverPace(TimeSpan Inject, TimeSpan Recover)
{
    public static readonly DriverPace Own = new(TimeSpan.Zero, TimeSpan.Zero);
}

/// <summary>What a driver found out before the act.</summary>
public sealed record Preparation
{
    /// <summary>What "as it was" means for this target, taken before the injection.</summary>
    public required Fingerprint Before { get; init; }

    /// <summary>Where the driver keeps the undo data; empty when there is nothing to undo.</summary>
    public string UndoId { get; init; } = "";

    /// <summary>SHA-256 of the undo data, lower-case hexadecimal; empty when there is none.</summary>
    public string UndoHash { get; init; } = "";
}

/// <summary>The state that a certificate compares.</summary>
/// <param name="Text">Canonical text: two fingerprints are the same when their texts are. A few <c>key=value</c> pairs, no timestamps, no secrets.</param>
public sealed record Fingerprint(string Text);

/// <summary>Is the fault there? The journal is the truth about intent, the holder about presence.</summary>
public enum Presence { Absent, Present, Unknown }

/// <summary>What a look at the target found.</summary>
/// <param name="Presence">Unknown is treated as present by everyone who asks.</param>
/// <param name="Now">The fingerprint now; null when it could not be read.</param>
/// <param name="Evidence">One sentence for the certificate: what was looked at and what was seen.</param>
public sealed record Inspection(Presence Presence, Fingerprint? Now, string Evidence)
{
    /// <summary>
    /// The target bears a mark of the fault that healing does not take away: a killed pod is gone for good, however quickly its owner brought
    /// another. What heals between two looks would otherwise seem never to have bitten.
    /// </summary>
    public bool HasLeftItsMark { get; init; }

    /// <summary>Where the fault was that this driver cannot look, with who says instead that it is off; empty when everything was looked at.</summary>
    public string Unseen { get; init; } = "";
}
