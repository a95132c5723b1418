using Crater.Agent.Host;
using Crater.Agent.Keeping;
using Crater.Agent.State;
using Crater.Agent.Verbs;

namespace Crater.Agent.Residue;

/// <summary>One thing that should not be there.</summary>
/// <param name="Tool">Whose it is: craterd, or the other tool's name.</param>
/// <param name="LookWith">The command with which a person can look.</param>
internal sealed record Trace(string Tool, string What, string LookWith);

/// <summary>Looks for what fault tools leave behind: injections that nobody keeps, state that could not be read, and the known marks of other tools.</summary>
internal sealed class ResidueScan(StateFolder state, IBootClock clock)
{
    /// <summary>Everything that is found; nothing is changed.</summary>
    public IEnumerable<Trace> Look() => [.. Own(), .. NetworkTraces.Look(state), .. OtherTools.Look()];

    /// <summary>Recovers craterd's own orphans. What others left belongs to a person: it may be in use.</summary>
    public void Fix()
    {
        foreach (var (folder, _) in new Sweep(state, clock).Orphans().ToList())
        {
            RecoverVerb.Recover(state, folder);
        }

        new Sweep(state, clock).DropIdleClaims();
        History.Prune(state, TimeProvider.System.GetUtcNow(), Limits.HistoryMax);
    }

    private IEnumerable<Trace> Own()
    {
        foreach (var (folder, why) in new Sweep(state, clock).Orphans())
        {
            yield return new Trace("craterd", $"injection {folder.Uid}: {why}", $"craterd recover {folder.Uid}");
        }

        foreach (var place in state.SetAside())
        {
            yield return new Trace("craterd", $"state that could not be read was set aside in {place}", $"ls -l {place}");
        }
    }
}
