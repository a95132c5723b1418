using Crater.Agent.Host;
using Crater.Agent.State;

namespace Crater.Agent.Keeping;

/// <summary>Finishes what dead processes left: injections without a keeper or a guardian, or past their time. Runs from any process, at start and on demand.</summary>
internal sealed class Sweep(StateFolder state, IBootClock clock)
{
    /// <summary>Those that nobody keeps any more; nothing is changed.</summary>
    public IEnumerable<(InjectionFolder Folder, string Why)> Orphans() => Orphans(Open());

    /// <summary>The same among these, for those who look again and again.</summary>
    public IEnumerable<(InjectionFolder Folder, string Why)> Orphans(IEnumerable<InjectionFolder> open) =>
        from folder in open let why = Orphaned(folder) where why is not null select (folder, why);

    /// <summary>Every injection that is not known to be closed.</summary>
    public IEnumerable<InjectionFolder> Open() => state.All().Where(folder => !folder.IsClosed);

    /// <summary>Claims whose injection is closed or was never written: whoever took them died between two steps.</summary>
    public void DropIdleClaims()
    {
        using var turn = state.Lock();
        foreach (var uid in state.Claims.Holders().Where(uid => state.Find(uid) is not { } folder || folder.IsClosed).ToList())
        {
            state.Claims.Release(uid);
        }
    }

    private string? Orphaned(InjectionFolder folder)
    {
        try
        {
            var record = folder.Read();
            return record.Status == InjectionStatus.Residue ? "something was left of it"
                : record.Keeper is not { IsAlive: true } ? "its keeper is gone"
                : record.Guardian is { IsAlive: false } ? "its guardian is gone"
                : (Term.Of(folder).Until + Limits.GuardianGrace).HasPassed(clock.Now) ? "its time is up"
                : null;
        }
        catch (DamagedStateException damage)
        {
            return damage.Message;
        }
    }
}
