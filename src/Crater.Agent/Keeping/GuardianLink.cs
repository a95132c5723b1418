using Crater.Agent.Host;

namespace Crater.Agent.Keeping;

/// <summary>The keeper's side of its guardian.</summary>
internal sealed class GuardianLink : IDisposable
{
    /// <summary>Under this name the guardian that watches says which process it is.</summary>
    public const string Armed = "armed";

    /// <summary>In place of a uid: of a keeper that waits, which does not know it yet.</summary>
    public const string Ahead = "-";

    /// <summary>What a guardian is called on its command line.</summary>
    public const string Role = "guard";

    private readonly Channel _channel;
    private PidHandle? _handle;

    private GuardianLink(Channel channel) => _channel = channel;

    /// <summary>Readable when the guardian has ended. Known once it is armed.</summary>
    public PidHandle Handle => _handle ?? throw new InvalidOperationException("The guardian is not armed yet.");

    /// <summary>To the guardian that was started with this keeper.</summary>
    public static GuardianLink OfThisProcess() => new(Channel.OfThisProcess(1));

    /// <summary>To one that is started now.</summary>
    /// <param name="uid">Of the injection.</param>
    /// <exception cref="AgentException">CRT5540: it could not be started.</exception>
    public static GuardianLink Start(string uid) => new(Channel.Start(Role, uid, ProcessIdentity.Self.ToString()).Ours);

    /// <summary>Of a child that nobody has waited for: its pid cannot be anyone else's, even when it has ended already.</summary>
    /// <exception cref="AgentException">CRT5541: there is no such process.</exception>
    public static ProcessIdentity Identity(int child) => ProcessIdentity.Of(child) ?? throw NotArmed();

    /// <summary>Tells a guardian that was started ahead whose injection it is, before anything of it is written.</summary>
    /// <returns>False when it has ended meanwhile.</returns>
    public bool Assign(string uid) => _channel.Send(new Dictionary<string, string> { ["uid"] = uid });

    /// <summary>Returns when the guardian watches, and has written so.</summary>
    /// <exception cref="AgentException">CRT5541: it does not.</exception>
    public void Arm()
    {
        if (!_channel.Send(new Dictionary<string, string> { ["arm"] = "true" })
            || _channel.Receive(Limits.GuardianBudget)?.GetValueOrDefault(Armed) is not { } guardian || ProcessIdentity.Parse(guardian) is not { } identity)
        {
            throw NotArmed();
        }

        _handle = PidHandle.Open(identity) ?? throw NotArmed();
    }

    public void Dispose()
    {
        _channel.Dispose();
        _handle?.Dispose();
    }

    private static AgentException NotArmed() => new("CRT5541", ExitCodes.NotInjected,
        "The guardian that is to recover the fault when its keeper dies did not come up, and without one nothing is injected. Look whether the machine is out of processes or memory.");
}
