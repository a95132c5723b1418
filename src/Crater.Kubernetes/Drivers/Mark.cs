using System.Globalization;
using System.Text.Json.Nodes;
using Crater.Drivers;
using Crater.Kubernetes.Client;
using Crater.Kubernetes.Drivers.Changes;

namespace Crater.Kubernetes.Drivers;

/// <summary>
/// What a changed object says of its change: whose it is, how to undo it and by when it must be undone. It is written in the same
/// update as the change and removed in the same update as the restoration, so that either both are there or neither.
/// </summary>
/// <param name="Deadline">By the server's clock; whoever sees it pass restores the object.</param>
internal sealed record Mark(string Run, string Injection, Undo Undo, DateTimeOffset Deadline)
{
    /// <summary>Whose <see cref="Voucher"/> vouches for it until the deadline; whoever sees that one abandoned restores the object, too. Empty for nobody's.</summary>
    public string VouchedBy { get; init; } = "";

    public const string RunKey = "crater.dev/run";
    public const string InjectionKey = "crater.dev/injection";
    public const string UndoKey = "crater.dev/undo";
    public const string DeadlineKey = "crater.dev/deadline";

    /// <summary>Put on and taken off again at once, only to give the object a new resourceVersion.</summary>
    public const string TombstoneKey = "crater.dev/tombstone";

    /// <summary>The label of every object that carries a mark, so that they are found without reading all objects of a cluster.</summary>
    public const string HeldLabel = "crater.dev/held";

    /// <summary>Ours to write: no fact that an application declares of itself.</summary>
    public static IReadOnlySet<string> Keys { get; } = new HashSet<string> { RunKey, InjectionKey, UndoKey, DeadlineKey, Voucher.Key, TombstoneKey, HeldLabel };

    /// <summary>The mark on the object; null when it has none.</summary>
    /// <exception cref="Diagnostics.CraterException">CRT3110: there is one that cannot be read.</exception>
    public static Mark? Of(JsonObject marked)
    {
        var injection = marked.Annotation(InjectionKey);
        if (injection.Length == 0)
        {
            return null;
        }

        var hasDeadline = DateTimeOffset.TryParse(
            marked.Annotation(DeadlineKey), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var deadline);
        // A mark without a readable deadline is overdue: nobody can tell how long it may stay.
        return new Mark(marked.Annotation(RunKey), injection, Undo.Parse(marked.Annotation(UndoKey)), hasDeadline ? deadline : DateTimeOffset.MinValue) { VouchedBy = marked.Annotation(Voucher.Key) };
    }

    public static Mark For(Injection injection, Undo undo, DateTimeOffset deadline) => new(injection.Run.Value, injection.Id, undo, deadline);

    public void PutOn(JsonObject changed)
    {
        foreach (var (key, value) in new[] { (RunKey, Run), (InjectionKey, Injection), (UndoKey, Undo.Text), (DeadlineKey, DeadlineText(Deadline)), (Voucher.Key, VouchedBy) })
        {
            FieldPath.Of("metadata", "annotations", key).Write(changed, value.Length > 0 ? value : null);
        }

        FieldPath.Of("metadata", "labels", HeldLabel).Write(changed, "true");
    }

    /// <summary>Whether the object bears all of it, so that whoever comes by can find and undo the change.</summary>
    public bool IsOn(JsonObject seen) => seen.Annotation(RunKey) == Run && seen.Annotation(InjectionKey) == Injection && seen.Annotation(UndoKey) == Undo.Text
        && seen.Annotation(DeadlineKey) == DeadlineText(Deadline) && seen.Annotation(Voucher.Key) == VouchedBy && seen.Labels().ContainsKey(HeldLabel);

    public static void TakeOff(JsonObject changed)
    {
        foreach (var key in Keys)
        {
            FieldPath.Of("metadata", "annotations", key).Write(changed, null);
            FieldPath.Of("metadata", "labels", key).Write(changed, null);
        }
    }

    /// <summary>Whole seconds, rounded up: the server's clock is read to the second.</summary>
    public static string DeadlineText(DateTimeOffset deadline) =>
        DateTimeOffset.FromUnixTimeSeconds((deadline.ToUnixTimeMilliseconds() + 999) / 1000).ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture);
}
