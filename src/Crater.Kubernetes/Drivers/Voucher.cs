using System.Globalization;
using System.Text.Json.Nodes;
using Crater.Kubernetes.Client;

namespace Crater.Kubernetes.Drivers;

/// <summary>
/// The Lease of a process that holds many things at once, an operator's. For as long as that same process renews it, what names it stays; so a thousand changes
/// take one renewal and not a thousand.
/// </summary>
/// <param name="Incarnation">Tells the process from one of the same name before or after it.</param>
public sealed record Voucher(string Space, string Name, string Incarnation)
{
    /// <summary>Where a change names the Lease that vouches for it.</summary>
    internal const string Key = "crater.dev/voucher";

    /// <summary>Where the Lease says which process renews it.</summary>
    internal const string IncarnationKey = "crater.dev/incarnation";

    /// <summary>
    /// A process that was silent for so long holds nothing any more; by then it has given up by itself. With a second for the server's clock and two between sweeps, what it
    /// left is off within 15 s of its last renewal.
    /// </summary>
    private static readonly TimeSpan SilenceMax = TimeSpan.FromSeconds(10);

    internal string Text => $"{Space}/{Name}@{Incarnation}";

    /// <summary>Null when it cannot be read.</summary>
    internal static Voucher? Parse(string text) =>
        text.Split('/', '@') is [{ Length: > 0 } space, { Length: > 0 } name, { Length: > 0 } incarnation] ? new Voucher(space, name, incarnation) : null;

    /// <summary>Whether the process still renews it.</summary>
    internal bool IsHeld(JsonObject? lease, DateTimeOffset now) => lease is not null && lease.Annotation(IncarnationKey) == Incarnation && lease.Text("spec", "holderIdentity").Length > 0
        && DateTimeOffset.TryParse(lease.Text("spec", "renewTime"), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var renewed)
        && now <= renewed + SilenceMax + Leases.ClockGrain;
}
