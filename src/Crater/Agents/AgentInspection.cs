using System.Text.Json.Nodes;
using Crater.Drivers;
using Crater.Faults;
using Crater.Targets;

namespace Crater.Agents;

/// <summary>What craterd's answer to a query means for a run.</summary>
internal static class AgentInspection
{
    /// <param name="found">The injection as craterd told it, looked at; empty where it has never heard of it.</param>
    /// <param name="alike">How many of the target's kind and name the host has now.</param>
    public static Inspection Of(Injection injection, Preparation preparation, JsonObject found, int alike)
    {
        var (state, host) = (found.Word("state"), injection.Target.Node);
        if (state is "" or "tombstone")
        {
            // It is the craterd that was prepared with, its memory is whole, and it never touched the target for us.
            return new Inspection(Presence.Absent, preparation.Before, $"craterd on {host} never carried it out{(state.Length > 0 ? ", and refuses it from now on" : "")}.");
        }

        var certificate = found["certificate"] as JsonObject;
        var presence = found.Word("presence") switch { "present" => Presence.Present, "absent" => Presence.Absent, _ => Presence.Unknown };
        var by = certificate.Word("by");
        var now = AgentFingerprint.Now(injection, preparation, found.Word("fingerprint"), alike);
        return new Inspection(presence, presence == Presence.Unknown ? null : now,
            $"craterd on {host} says of {AgentRequests.Uid(injection)}: {state}, {presence.ToString().ToLowerInvariant()}, {now.Text}{(by.Length > 0 ? $", recovered by its {by}" : "")}{(certificate.Word("evidence") is { Length: > 0 } evidence ? $" ({evidence})" : "")}.")
        {
            // craterd answers an inject of a moment when it has happened.
            HasLeftItsMark = AgentRequests.Definition(injection)?.Ending == Ending.HealsItself && state is not ("intended" or "failed"),
        };
    }
}

/// <summary>
/// What "as it was" means on a host: craterd's own fingerprint, and for a process how many its program has, for a container how many of its name there are. craterd is content
/// when what it hit has ended; whoever tests what survives is not.
/// </summary>
internal static class AgentFingerprint
{
    public static Fingerprint Of(Injection injection, string text, int alike) => new(Mark(injection) is { } mark ? $"{text}{mark}{alike}" : text);

    /// <summary>More than before are as good: a server may have started a worker meanwhile.</summary>
    public static Fingerprint Now(Injection injection, Preparation preparation, string text, int alike)
    {
        var mark = Mark(injection) ?? "";
        var at = mark.Length > 0 ? preparation.Before.Text.LastIndexOf(mark, StringComparison.Ordinal) : -1;
        return Of(injection, text, at >= 0 && int.TryParse(preparation.Before.Text.AsSpan(at + mark.Length), out var before) ? Math.Min(alike, before) : alike);
    }

    /// <summary>Whether the others of the target's kind and name count too.</summary>
    public static bool Counts(Injection injection) => Mark(injection) is not null;

    private static string? Mark(Injection injection) => injection.Target.Kind switch { TargetKind.Process => " processes=", TargetKind.Container => " containers=", _ => null };
}
