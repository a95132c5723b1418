using Crater.Agent.Host;

namespace Crater.Agent.Keeping;

/// <summary>The keeper's side of its guardian.</summary>
internal sealed class GuardianLink : IDisposable
{
    /// <summary>In place of a uid: of a keeper that waits, which does not know it yet.</summary>
    public const string Ahead = "-";

    private readonly Channel _channel;

    private GuardianLink(Channel channel, PidHandle handle)
    {
        _channel = channel;
        Handle = handle;
    }

    /// <summary>Readable when the guardian has ended.</summary>
    public PidHandle Handle { get; }

    /// <param name="uid">Of the injection, or <see cref="Ahead"/>.</param>
    /// <exception cref="AgentException">CRT5540: it could not be started.</exception>
    public static GuardianLink Start(string uid)
    {
        var (channel, pid) = Channel.Start("guard", uid, ProcessIdentity.Self.ToString());
        // It is our child and nobody has waited for it, so its pid cannot be anyone else's, even when it has ended already.
        if (ProcessIdentity.Of(pid) is { } identity && PidHandle.Open(identity) is { } handle)
        {
            return new GuardianLink(channel, handle);
        }

        channel.Dispose();
        throw NotArmed();
    }

    /// <summary>Tells a guardian that was started ahead whose injection it is, before anything of it is written.</summary>
    /// <returns>False when it has ended meanwhile.</returns>
    public bool Assign(string uid) => _channel.Send(new Dictionary<string, string> { ["uid"] = uid });

    /// <summary>Returns when the guardian watches, and has written so.</summary>
    /// <exception cref="AgentException">CRT5541: it does not.</exception>
    public void Arm()
    {
        if (!_channel.Send(new Dictionary<string, string> { ["arm"] = "true" })
            || _channel.Receive(Limits.GuardianBudget) is not { } answer || answer.GetValueOrDefault("armed") != "true")
        {
            throw NotArmed();
        }
    }

    public void Dispose()
    {
        _channel.Dispose();
        Handle.Dispose();
    }

    private static AgentException NotArmed() => new("CRT5541", ExitCodes.NotInjected,
        "The guardian that is to recover the fault when its keeper dies did not come up, and without one nothing is injected. Look whether the machine is out of processes or memory.");
}
