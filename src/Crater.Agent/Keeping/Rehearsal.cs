using Crater.Agent.Faults;
using Crater.Agent.Host;
using Crater.Agent.State;

namespace Crater.Agent.Keeping;

/// <summary>
/// What a process does for the first time takes many times as long as the second. So whoever waits for an injection plays one through before: it is written down, read,
/// recovered and certified like any other, in a state folder of its own that is gone afterwards. No fault is put on.
/// </summary>
internal static class Rehearsal
{
    /// <summary>Where the folders of rehearsals are, in the state folder; whatever a death has left there counts for nothing.</summary>
    public const string FolderName = "rehearsals";

    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(1);

    public static void Play(StateFolder state, IBootClock clock, Watch watch)
    {
        var role = Steps.Role;
        Steps.Role = "rehearsal";       // nobody stops it at a step that is meant for the real one
        // Its own number is name enough.
        var place = Path.Combine(state.Path, FolderName, $"{Libc.GetPid()}");
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(place)!, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            Through(StateFolder.Open(name => name == "CRATERD_STATE" ? place : null, isRoot: false), clock, watch);
        }
        catch (Exception e) when (e is AgentException or HostException or IOException or UnauthorizedAccessException)
        {
            // A rehearsal that fails costs some milliseconds later, and the real injection finds out what is wrong by itself.
        }
        finally
        {
            Forget(place);
            Steps.Role = role;
        }
    }

    private static void Through(StateFolder scratch, IBootClock clock, Watch watch)
    {
        // A held fault: what it wants to know is read, and there is nothing to put back.
        var fault = HostFaults.Find("cpu-burn")!;
        var request = new FaultRequest("rehearsal", fault.Description.Name, new Dictionary<string, string> { ["percent"] = "1", ["list"] = "", ["count"] = "1" });
        var asked = Asked.Of(new Asked(request, "rehearsal", Timeout, Timeout).ToMessage());
        var begun = new Beginning(scratch, clock, Limits.InjectionsMax).Run(asked, fault);
        begun.Folder.Journal.Append(JournalEvent.Of(EventKinds.Armed, ("guardian", ProcessIdentity.Self.ToString())), TimeProvider.System);
        using (begun.Folder.Lock(Limits.LockBudget))
        {
            if (begun.Folder.Read().Status == InjectionStatus.Intended)
            {
                begun.Folder.Journal.Append(JournalEvent.Of(EventKinds.Injected, ("mechanism", begun.Mechanism)), TimeProvider.System);
            }
        }

        _ = Answer.InPlace(begun.Mechanism);
        _ = watch.IsAsked();
        _ = Term.Of(begun.Folder).Until.HasPassed(clock.Now);
        using var self = PidHandle.Open(ProcessIdentity.Self);
        _ = watch.Wait(self, new BootInstant("over", 0), clock);
        _ = Recovery.Run(scratch, begun.Folder, "keeper", "it was a rehearsal", held: null, begun.Undo);
    }

    private static void Forget(string place)
    {
        try
        {
            Directory.Delete(place, recursive: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The next serve clears the folder at its start.
        }
    }
}
