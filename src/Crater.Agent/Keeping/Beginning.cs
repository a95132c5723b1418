using System.Globalization;
using Crater.Agent.Faults;
using Crater.Agent.Host;
using Crater.Agent.State;

namespace Crater.Agent.Keeping;

/// <summary>
/// From a request to a synced intent: reads what recovery will need, makes sure that nobody else has the target, and writes all of it down. Nothing is touched
/// here, and a refusal leaves no trace, so the same uid can be used again.
/// </summary>
internal sealed class Beginning(StateFolder state, IBootClock clock, int injectionsMax)
{
    /// <exception cref="AgentException">Refused, with the reason.</exception>
    public Begun Run(Asked asked, HostFault fault)
    {
        using var turn = state.Lock();
        RefuseUsed(asked.Request.Uid);
        var (preparation, undo) = Survey(asked.Request, fault);
        return Write(asked, preparation, undo, undo["before"]);
    }

    /// <summary>Everything of it that only looks: whether the target is free, what recovery will need, and how the target is now.</summary>
    /// <exception cref="AgentException">It would be refused, with the reason.</exception>
    public (Preparation Preparation, UndoData Undo) Survey(FaultRequest request, HostFault fault)
    {
        try
        {
            return Seen(request, fault);
        }
        catch (Exception e) when (e is HostException or UnauthorizedAccessException)
        {
            throw Answer.NotPutOn(fault, e);
        }
    }

    private (Preparation Preparation, UndoData Undo) Seen(FaultRequest request, HostFault fault)
    {
        RefusePlace(request, fault);
        RefuseClaimed(fault.Wants(request));
        var preparation = fault.Prepare(request);
        preparation = request.Place is not null && fault is HeldFault ? preparation with { Mechanism = preparation.Mechanism + " A child of the keeper carries it in the place." } : preparation;
        RefuseClaimed(preparation.Claims);
        Dictionary<string, string> values = new(preparation.Undo, StringComparer.Ordinal)
        {
            ["uid"] = request.Uid,
            ["fault"] = request.Fault,
            ["holder"] = ProcessIdentity.Self.ToString(),
            ["folder"] = state.PathOf(request.Uid),
        };
        if (request.Place is { } place)
        {
            foreach (var (name, value) in place.Fields)
            {
                values[name] = value;
            }
        }

        values["before"] = fault.Fingerprint(new UndoData(values));
        return (preparation, new UndoData(values));
    }

    private Begun Write(Asked asked, Preparation preparation, UndoData undo, string before)
    {
        var now = clock.Now;
        var uid = asked.Request.Uid;
        InjectionFolder? folder = null;
        try
        {
            folder = state.Create(uid) ?? throw Used(uid, "was used just now");
            state.Claims.Take(uid, preparation.Claims);
            if (asked.Lease > TimeSpan.Zero)
            {
                folder.Renew(now + asked.Lease);
            }

            folder.Begin(undo, JournalEvent.Of(EventKinds.Intent,
                ("uid", uid), ("fault", asked.Request.Fault), ("arguments", asked.Request.Words), ("creator", asked.Creator),
                ("mechanism", preparation.Mechanism), ("before", before), ("keeper", ProcessIdentity.Self.ToString()),
                ("deadline", (now + asked.Timeout).ToString()), ("timeout-ms", ((long)asked.Timeout.TotalMilliseconds).ToString(CultureInfo.InvariantCulture)),
                ("lease-ms", ((long)asked.Lease.TotalMilliseconds).ToString(CultureInfo.InvariantCulture))), TimeProvider.System);
            return new Begun(folder, undo, preparation.Mechanism);
        }
        catch (Exception e) when (e is HostException or IOException or UnauthorizedAccessException)
        {
            Discard(folder, uid);
            throw new AgentException("CRT5523", ExitCodes.Host,
                $"The intent of {uid} cannot be written down: {e.Message} Nothing was touched. Make room in {state.Path}, or set CRATERD_STATE to another file system.");
        }
    }

    private void Discard(InjectionFolder? folder, string uid)
    {
        if (folder is not null)
        {
            state.Claims.Release(uid);
            Directory.Delete(folder.Path, recursive: true);
        }
    }

    private static void RefusePlace(FaultRequest request, HostFault fault)
    {
        if (request.Place is not { } place)
        {
            return;
        }

        if (!fault.TakesPlace)
        {
            throw new AgentException("CRT5512", ExitCodes.Usage, $"{fault.Description.Name} cannot be put into a place of its own{(fault.NoPlaceSince.Length > 0 ? ": " + fault.NoPlaceSince : "")}. So {place.Asked} is refused instead of ignored. On the host it works without.");
        }

        place.RefuseGone(ExitCodes.Host);
        (fault as HeldFault)?.RefuseWithoutGroups(place);
    }

    private void RefuseUsed(string uid)
    {
        if (state.Find(uid) is not { } folder)
        {
            return;
        }

        InjectionRecord record;
        try
        {
            record = folder.Read();
        }
        catch (DamagedStateException)
        {
            throw Used(uid, "belongs to an injection whose journal is damaged");
        }

        throw record.Status == InjectionStatus.Tombstone
            ? new AgentException("CRT5525", ExitCodes.Taken, $"{uid} was recovered before it was injected, so a late inject is refused. Use a new uid.")
            : Used(uid, $"belongs to a {record.Fault} of {record.CreatedAt} ({record.Status.ToString().ToLowerInvariant()})");
    }

    private void RefuseClaimed(IReadOnlyList<string> claims)
    {
        DropIdle(claims);
        var open = state.Claims.Holders();
        if (open.Count >= injectionsMax)
        {
            throw new AgentException("CRT5526", ExitCodes.Taken,
                $"{open.Count} injections are in place, and {injectionsMax} is the limit. Recover some ('craterd query' lists them), or raise CRATERD_INJECTIONS_MAX.");
        }

        if (state.Claims.Conflict(claims) is { } conflict)
        {
            throw new AgentException("CRT5528", ExitCodes.Taken,
                $"{conflict.Key} is held by injection {conflict.Uid}. Recover that one first ('craterd recover {conflict.Uid}'), or choose another target.");
        }
    }

    // Whoever recovered that injection died before it let go of the claim.
    private void DropIdle(IReadOnlyList<string> claims)
    {
        while (state.Claims.Conflict(claims) is { } conflict && (state.Find(conflict.Uid) is not { } folder || folder.IsClosed))
        {
            state.Claims.Release(conflict.Uid);
        }
    }

    private static AgentException Used(string uid, string by) => new("CRT5524", ExitCodes.Taken, $"The uid {uid} {by}. A uid is never used twice; use a new one.");
}

/// <summary>An injection that is written down and not yet put on.</summary>
internal sealed record Begun(InjectionFolder Folder, UndoData Undo, string Mechanism);
