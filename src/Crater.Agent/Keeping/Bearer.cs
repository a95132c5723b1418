using Crater.Agent.Faults;
using Crater.Agent.Host;
using Crater.Agent.Places;
using Crater.Agent.State;

namespace Crater.Agent.Keeping;

/// <summary>
/// The child of a keeper that carries a held fault inside a place: it joins the place's control groups, and its network where the fault is about that, and takes there
/// what the keeper would take on the host. A process of its own, because version 2 of control groups takes whole processes only, and because what the place's limits do
/// to it, from throttling to the out-of-memory killer, must never hit the keeper, who has to recover. The kernel kills it when the keeper dies; it ends by itself when
/// the place does, since a container whose control group is not empty cannot be removed.
/// </summary>
internal sealed class Bearer : IDisposable
{
    public const string Verb = "bear";

    private readonly Channel _child;
    private readonly int _pid;

    private Bearer(Channel child, int pid)
    {
        (_child, _pid) = (child, pid);
        // It is our child and nobody has waited for it, so its pid cannot be anyone else's.
        Handle = ProcessIdentity.Of(pid) is { } identity ? PidHandle.Open(identity) : null;
    }

    /// <summary>Readable when it has ended; null when it had ended already.</summary>
    public PidHandle? Handle { get; }

    /// <summary>Starts one, and returns when it has what the fault takes. To be called on the thread that lives as long as the keeper: the child dies with that thread.</summary>
    /// <exception cref="AgentException">The fault refused, or CRT5617: the child ended without a word.</exception>
    public static Bearer Start(Asked asked, UndoData undo)
    {
        var (channel, pid) = Channel.Start(Verb, asked.Request.Uid, undo.Holder.ToString());
        var bearer = new Bearer(channel, pid);
        try
        {
            channel.Send(asked.ToMessage());
            channel.Send(undo.Values);
            var answer = channel.Receive(Limits.BearBudget) ?? throw new AgentException("CRT5617", ExitCodes.NotInjected, bearer.Handle?.Ends(TimeSpan.Zero) == false
                ? $"The process that was to carry the fault in {asked.Request.Place?.Asked} had not got it within {Limits.BearBudget.TotalSeconds} s, and was ended. The limits of the place slow it down too; look at those on CPU time and disks, and inject less."
                : $"The process that was to carry the fault in {asked.Request.Place?.Asked} ended without an answer; the limits of the place may have ended it. Look at its memory limit, and inject less.");
            return answer["result"] == "injected" ? bearer : throw Answer.Failure(answer);
        }
        catch
        {
            bearer.Dispose();
            throw;
        }
    }

    /// <summary>Those that carry this injection, whoever their parent is now.</summary>
    public static IEnumerable<ProcessIdentity> Of(UndoData undo)
    {
        var end = $" {Verb} {undo.Uid} {undo.Holder}";
        return from stat in ProcessStat.All()
               where !stat.HasEnded && ProcessStat.CommandLine(stat.Pid).EndsWith(end, StringComparison.Ordinal)
               select new ProcessIdentity(stat.Pid, stat.StartTicks, BootClock.System.Boot);
    }

    /// <summary>Ends those that the kernel has not ended together with their keeper, such as one that was just being started.</summary>
    public static void End(UndoData undo)
    {
        foreach (var bearer in Of(undo))
        {
            bearer.Signal(Libc.SignalKill);
        }
    }

    public void Dispose()
    {
        _child.Dispose();
        if (Handle is not null && !Handle.Ends(Limits.BearerBudget))
        {
            _ = Handle.Signal(Libc.SignalKill);
            _ = Handle.Ends(Limits.BearerBudget);
        }

        const int DoNotWait = 1;
        _ = Libc.WaitPid(_pid, out _, DoNotWait);
        Handle?.Dispose();
    }

    /// <summary>What the child does.</summary>
    public static int Run(ProcessIdentity keeper, Channel asker, Watch watch)
    {
        Spawner.DieWithParent();
        // Asked after the line above: from here on the kernel sees to it.
        if (!keeper.IsAlive || asker.Receive(Limits.InjectBudget) is not { } message || asker.Receive(Limits.InjectBudget) is not { } values)
        {
            return ExitCodes.Done;
        }

        var request = Asked.Of(message).Request;
        var fault = (HeldFault)HostFaults.Find(request.Fault)!;
        using var place = PidHandle.Open(request.Place!.Process);
        try
        {
            request.Place.RefuseGone(ExitCodes.NotInjected);
            fault.Rehearse();
            fault.Join(request.Place);
            using var held = fault.Inject(request, new UndoData(values));
            asker.Send(Answer.InPlace(""));
            watch.Wait(place, asker);
            return ExitCodes.Done;
        }
        catch (Exception e) when (e is AgentException or HostException or IOException or UnauthorizedAccessException)
        {
            asker.Send(Answer.Refused(e as AgentException ?? Answer.NotPutOn(fault, e)));
            return ExitCodes.NotInjected;
        }
    }
}
