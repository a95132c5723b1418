using Crater.Agent.Host;
using Crater.Agent.State;

namespace Crater.Agent.Keeping;

/// <summary>
/// The process that watches a keeper and recovers in its place: when it dies, when it lets the deadline pass because it was stopped, and when somebody ends the guardian
/// itself. It holds nothing and needs nothing but the state folder.
/// </summary>
internal sealed class Guardian(StateFolder state, IBootClock clock, Channel keeper, Watch watch)
{
    public int Run()
    {
        if (keeper.Receive(Limits.InjectBudget) is not { } order || ProcessIdentity.Parse(order["keeper"]) is not { } identity || state.Find(order["uid"]) is not { } folder)
        {
            return ExitCodes.Done;      // the injection was refused before anything was touched
        }

        using var handle = PidHandle.Open(identity);
        Steps.Reached("begun");
        if (handle is not null)
        {
            folder.Journal.Append(JournalEvent.Of(EventKinds.Armed, ("guardian", ProcessIdentity.Self.ToString())), TimeProvider.System);
            keeper.Send(new Dictionary<string, string> { ["armed"] = "true" });
            Steps.Reached("armed");
        }

        var why = handle is null ? "its keeper ended" : WaitForTheEnd(folder, handle);
        if (why == "it was asked to")
        {
            Fence.Ask(identity, Limits.KeeperBudget);
        }

        return Recovery.Run(state, folder, "guardian", why, held: null).IsClean ? ExitCodes.Done : ExitCodes.Residue;
    }

    private string WaitForTheEnd(InjectionFolder folder, PidHandle handle)
    {
        while (true)
        {
            switch (watch.Wait(handle, Term.Of(folder).Until + Limits.GuardianGrace, clock))
            {
                case WakeReason.PartnerDied:
                    return "its keeper ended";
                case WakeReason.Asked:
                    return "it was asked to";
                default:
                    if (Term.Of(folder) is var now && (now.Until + Limits.GuardianGrace).HasPassed(clock.Now))
                    {
                        return $"{now.Why}, and its keeper did nothing";
                    }

                    break;
            }
        }
    }
}
