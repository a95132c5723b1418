using Crater.Agent.Faults;
using Crater.Agent.Host;
using Crater.Agent.State;

namespace Crater.Agent.Keeping;

/// <summary>
/// The process that holds one fault: writes the intent, has a guardian armed, puts the fault on, tells the one who asked, waits, takes it off. Whatever happens in
/// between, it ends through <see cref="Recovery"/>; and where it cannot, its guardian does.
/// </summary>
internal sealed class Keeper(StateFolder state, IBootClock clock, Channel asker, Watch watch)
{
    private const string NotTold = "whoever asked was gone before it could be told";

    /// <param name="uid">Of the injection; <see cref="GuardianLink.Ahead"/> when it was started before anybody asks, and waits as long as whoever started it is there.</param>
    /// <returns>The exit code of the keeper, which nobody reads but a test.</returns>
    public int Run(int injectionsMax, string uid)
    {
        try
        {
            using var guardian = GuardianLink.OfThisProcess();
            return Run(injectionsMax, isAhead: uid == GuardianLink.Ahead, guardian);
        }
        catch (AgentException refusal)
        {
            asker.Send(Answer.Refused(refusal));
            return refusal.Exit;
        }
    }

    private int Run(int injectionsMax, bool isAhead, GuardianLink first)
    {
        if (isAhead)
        {
            Rehearsal.Play(state, clock, watch);
        }

        if (asker.Receive(isAhead ? Timeout.InfiniteTimeSpan : Limits.InjectBudget, isAhead ? watch : null) is not { } message)
        {
            return ExitCodes.Done;      // whoever asked is gone, and nothing was touched
        }

        var asked = Asked.Of(message);
        var fault = HostFaults.Find(asked.Request.Fault)!;
        using var second = isAhead && !first.Assign(asked.Request.Uid) ? GuardianLink.Start(asked.Request.Uid) : null;
        var begun = new Beginning(state, clock, injectionsMax).Run(asked, fault);
        Steps.Reached("intent-written");
        return Keep(asked, fault, begun, second ?? first);
    }

    private int Keep(Asked asked, HostFault fault, Begun begun, GuardianLink guardian)
    {
        IDisposable? held = null;
        string why;
        AgentException? failure = null;
        try
        {
            guardian.Arm();
            Steps.Reached("guardian-armed");
            why = Inject(asked, fault, begun, ref held) ? WaitForTheEnd(begun.Folder, guardian, held as Bearer) : NotTold;
        }
        catch (AgentException e)
        {
            (failure, why) = (e, e.Message);
            NoteFailure(begun.Folder, e);
        }
        catch (Exception e) when (e is HostException or IOException or UnauthorizedAccessException)
        {
            (failure, why) = (Answer.NotPutOn(fault, e), e.Message);
            NoteFailure(begun.Folder, failure);
        }

        var outcome = Recovery.Run(state, begun.Folder, "keeper", why, held, begun.Undo);
        if (failure is not null)
        {
            asker.Send(Answer.Failed(failure, outcome));
        }

        return outcome.IsClean ? ExitCodes.Done : ExitCodes.Residue;
    }

    /// <returns>Whether the one who asked knows that it is in place.</returns>
    private bool Inject(Asked asked, HostFault fault, Begun begun, ref IDisposable? held)
    {
        RefuseWhenCalledOff();
        using (var turn = begun.Folder.Lock(Limits.LockBudget))
        {
            // Who recovered it meanwhile has closed it, and what is closed is never put on.
            if (turn is null || begun.Folder.Read().Status != InjectionStatus.Intended)
            {
                throw CalledOff();
            }

            asked.Request.Place?.RefuseGone(ExitCodes.NotInjected);
            held = fault is HeldFault && asked.Request.Place is not null ? Bearer.Start(asked, begun.Undo) : fault.Inject(asked.Request, begun.Undo);
            (held as ICounting)?.CountInto(begun.Folder.TallyFile);
            Steps.Reached("fault-in-place");
            begun.Folder.Journal.Append(JournalEvent.Of(EventKinds.Injected, ("mechanism", begun.Mechanism)), TimeProvider.System, isSynced: !fault.HoldsDisks);
        }

        Steps.Reached("injected-written");
        RefuseWhenCalledOff();
        var isHeard = asker.Send(Answer.InPlace(begun.Mechanism));
        Steps.Reached("reported");
        return isHeard;
    }

    /// <returns>Why it ends.</returns>
    private string WaitForTheEnd(InjectionFolder folder, GuardianLink guardian, Bearer? bearer)
    {
        var awaited = asker;
        while (true)
        {
            var term = Term.Of(folder);
            switch (watch.Wait(guardian.Handle, term.Until, clock, bearer?.Handle, awaited))
            {
                case WakeReason.AskerLeft when !asker.WasHeard():
                    return NotTold;
                case WakeReason.AskerLeft:
                    awaited = null;
                    break;
                case WakeReason.Asked:
                    return Watch.AskedTo;
                case WakeReason.PartnerDied:
                    return "its guardian ended";
                case WakeReason.CarrierDied:
                    return "what carried it in its place ended, with the place or by its limits";
                default:
                    if (Term.Of(folder) is var now && now.Until.HasPassed(clock.Now))
                    {
                        return now.Why;
                    }

                    break;
            }
        }
    }

    private void RefuseWhenCalledOff()
    {
        if (watch.IsAsked())
        {
            throw CalledOff();
        }
    }

    private static AgentException CalledOff() => new("CRT5544", ExitCodes.NotInjected, "The injection was recovered before it was in place; it was called off. Inject again with a new uid.");

    private static void NoteFailure(InjectionFolder folder, AgentException failure)
    {
        try
        {
            folder.Journal.Append(JournalEvent.Of(EventKinds.Failed, ("code", failure.Code), ("error", failure.Message)), TimeProvider.System);
        }
        catch (HostException)
        {
            // The one who asked is told all the same, and recovery needs no line of it.
        }
    }
}
