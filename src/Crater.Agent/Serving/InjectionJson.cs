using System.Globalization;
using System.Text.Json.Nodes;
using Crater.Agent.Faults;
using Crater.Agent.Host;
using Crater.Agent.State;

namespace Crater.Agent.Serving;

/// <summary>An injection as the API tells it.</summary>
internal static class InjectionJson
{
    public static Shape Certificate { get; } = Shape.Object("How the target was found after the recovery.",
        new("clean", Shape.Flag("Whether everything is as it was.")), new("evidence", Shape.Text("What was seen, or what is left.")),
        new("look", Shape.Text("The command with which a person can look; empty when it is clean.")), new("by", Shape.Text("Who recovered: keeper, guardian or recover.")));

    public static Shape Brief { get; } = Shape.Object("Where an injection stands.",
        new("uid", Shape.Text("Its name.")), new("fault", Shape.Text("Canonical name of the fault; empty for a tombstone.")), new("creator", Shape.Text("Who asked.")), new("state", State));

    public static Shape Full { get; } = Brief with
    {
        Members =
        [
            .. Brief.Members, new("arguments", Shape.Text("As they were understood: name=value, by name.")), new("mechanism", Shape.Text("What was really done.")),
            new("injectedAt", Shape.Text("When its first line was written, in UTC.")), new("updatedAt", Shape.Text("When its last line was written, in UTC.")),
            new("seen", Shape.Number("Requests that came by while the fault was in place, so far or in all; only where it counts them."), IsRequired: false),
            new("hit", Shape.Number("Those of them to which something was done; 0 is a fault that has done nothing."), IsRequired: false),
            new("error", Shape.Text("Why it could not be put on."), IsRequired: false),
            new("presence", Shape.Text("Whether the fault is there now, looked at and not remembered; only with look=true.") with { Choices = ["present", "absent", "unknown"] }, IsRequired: false),
            new("fingerprint", Shape.Text("How the target is now with look=true, else how it was before."), IsRequired: false),
            new("leaseLeft", Shape.Duration("Until it ends unless it is renewed; only while it is open and has a lease."), IsRequired: false),
            new("timeLeft", Shape.Duration("Until it ends in any case; only while it is open."), IsRequired: false),
            new("certificate", Certificate, IsRequired: false),
        ],
    };

    private static Shape State => Shape.Text("Where it stands.") with { Choices = [.. Enum.GetNames<InjectionStatus>().Select(name => name.ToLowerInvariant())] };

    public static string StateOf(InjectionRecord record) => record.Status.ToString().ToLowerInvariant();

    public static JsonObject Short(InjectionRecord record) =>
        new() { ["uid"] = record.Uid, ["fault"] = record.Fault, ["creator"] = record.Creator, ["state"] = StateOf(record) };

    /// <param name="isLook">Whether to look at the target as well.</param>
    public static JsonObject Long(InjectionFolder folder, InjectionRecord record, BootInstant now, bool isLook)
    {
        var told = Short(record);
        told["arguments"] = record.Arguments;
        told["mechanism"] = record.Mechanism;
        told["injectedAt"] = record.CreatedAt;
        told["updatedAt"] = record.UpdatedAt;
        told["fingerprint"] = record.Before;
        if (record.Tally is { } tally)
        {
            (told["seen"], told["hit"]) = (tally.Seen, tally.Hit);
        }

        if (record.Error.Length > 0)
        {
            told["error"] = record.Error;
        }

        if (!record.IsClosed)
        {
            if (folder.Lease is { } lease)
            {
                told["leaseLeft"] = Span(lease.LeftAt(now));
            }

            told["timeLeft"] = Span(record.Deadline?.LeftAt(now) ?? TimeSpan.Zero);
        }

        if (record.Certificate is { } certificate)
        {
            told["certificate"] = new JsonObject
            {
                ["clean"] = certificate["clean"] == "true",
                ["evidence"] = certificate["evidence"],
                ["look"] = certificate["look"],
                ["by"] = certificate["by"],
            };
        }

        if (isLook)
        {
            Look(folder, record, told);
        }

        return told;
    }

    /// <summary>A duration as the API writes it, to the millisecond.</summary>
    public static string Span(TimeSpan span) => string.Create(CultureInfo.InvariantCulture, $"{span.TotalSeconds:0.###}s");

    private static void Look(InjectionFolder folder, InjectionRecord record, JsonObject told)
    {
        told["presence"] = record.IsClosed ? "absent" : "unknown";
        try
        {
            if (HostFaults.Find(record.Fault) is { } fault && folder.ReadUndo() is { } undo)
            {
                told["presence"] = fault.Look(undo).ToString().ToLowerInvariant();
                told["fingerprint"] = fault.Fingerprint(undo);
            }
        }
        catch (Exception e) when (e is AgentException or HostException or IOException or UnauthorizedAccessException or DamagedStateException)
        {
            told["fingerprint"] = $"it could not be looked at: {e.Message}";
        }
    }
}
