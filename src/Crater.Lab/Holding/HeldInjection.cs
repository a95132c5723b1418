using System.Text.Json.Nodes;

namespace Crater.Lab.Holding;

/// <summary>One injection as the holder knows it: in place, or a tombstone. Its members are changed by the holder alone.</summary>
internal sealed class HeldInjection(InjectionRequest? request, string id)
{
    /// <summary>One change at a time: putting on, taking off.</summary>
    public SemaphoreSlim Gate { get; } = new(1, 1);

    /// <summary>Ends a putting on that takes long, when the fault is to be taken off already.</summary>
    public CancellationTokenSource Abort { get; } = new();

    /// <summary>Null when it was recovered before it was ever asked for.</summary>
    public InjectionRequest? Request => request;

    public string Id => id;

    public HeldFault? Fault { get; set; }

    /// <summary>Why it is over; empty while it is in place.</summary>
    public string Ended { get; set; } = "";

    public bool IsOver => Ended.Length > 0;

    /// <summary>When the lease was last renewed, on a clock that nobody can set.</summary>
    public long RenewedAt { get; set; }

    public TimeSpan Lease { get; set; }

    public bool HasRunOut(TimeProvider clock) => clock.GetElapsedTime(RenewedAt) >= Lease;

    public JsonObject Json(TimeProvider clock)
    {
        var (isPresent, seen) = Fault?.Look() ?? (false, "it was never put on");
        var json = request?.Json() ?? new JsonObject { ["id"] = id };
        json["presence"] = isPresent ? "present" : "absent";
        json["mechanism"] = Fault?.Mechanism ?? "";
        json["seen"] = seen;
        json["leftItsMark"] = Fault?.HasLeftItsMark == true;
        json["ended"] = Ended;
        json["leaseLeftSeconds"] = IsOver ? 0 : Math.Round(Math.Max(0, (Lease - clock.GetElapsedTime(RenewedAt)).TotalSeconds), 3);
        return json;
    }
}
